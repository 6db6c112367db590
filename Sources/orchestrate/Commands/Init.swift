import ArgumentParser
import Orchestration
import Terminal

struct Init: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init",
    abstract: "Make a project folder: registry, templates, example job files.",
    discussion: """
      EXAMPLES
        orchestrate init               here
        orchestrate init ~/mixing      in another folder

      What is there already is left as it is; running it twice does no harm.
      """)

  @Argument(help: "The folder; it is made where it is missing.")
  var folder = "."

  func run() throws {
    let made = try Project.create(in: absolute(folder, in: Project.currentFolder()))
    Stream.output.line("project \(made.project.root)")
    for file in made.written { Stream.output.line("  made \(file)") }
    Stream.error.line(
      "next: set account and partition in .orchestrate/config.yaml, then "
        + "`orchestrate submit Jobs/quadratic.yaml --dry-run`")
  }
}
