import ArgumentParser
import Orchestration
import Terminal

struct Render: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "render",
    abstract: "Print the script that a job file or a config would be submitted with.",
    discussion: """
      EXAMPLES
        orchestrate render Jobs/quadratic.yaml
        orchestrate render Jobs/penalty-sweep.yaml --manifest   what differs
        orchestrate render 3f2a91c0d4 --like Jobs/quadratic.yaml
      """)

  @Argument(help: ArgumentHelp("Job files or config ids.", valueName: "file-or-config"))
  var what: [String]

  @Flag(help: "Print the manifest of the runs instead: index, run, directory, config, variables.")
  var manifest = false

  @OptionGroup var source: JobSource
  @OptionGroup var options: GlobalOptions

  func run() throws {
    let workshop = try Workshop(options)
    var submitOptions = SubmitOptions()
    submitOptions.again = true
    for loaded in try source.load(what, workshop) {
      for submission in try workshop.submitter.preview(loaded.job, submitOptions).submissions {
        Stream.output.write(manifest ? submission.manifest.text : submission.script)
      }
    }
  }
}
