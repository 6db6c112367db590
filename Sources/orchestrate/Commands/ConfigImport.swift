import ArgumentParser
import JobFiles
import Orchestration
import Registry
import RunContract
import Terminal

struct ConfigImport: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Take in all configs of a job file without submitting them.",
    discussion: """
      EXAMPLES
        orchestrate config import Jobs/penalty-sweep.yaml
        orchestrate config import Jobs/penalty-sweep.yaml --dry-run
      """)

  @Argument(help: "A job file.") var file: String
  @Flag(help: "Say what would be taken in and change nothing.") var dryRun = false
  @OptionGroup var options: GlobalOptions

  func run() throws {
    let workshop = try Workshop(options)
    let job = try JobSpecification(
      try JobFile.load(
        path: file, overrides: [],
        siteDefaults: try SiteDefaults.load(path: workshop.project.siteFile)))
    var fresh = 0
    for config in job.configs {
      let isNew =
        dryRun
        ? try workshop.registry.configs(prefix: config.id).isEmpty
        : try workshop.registry.add(config).isNew
      if isNew { fresh += 1 }
      Stream.output.line("\(config.shortID)  \(isNew ? "new" : "known already")")
    }
    options.say(
      "\(job.configs.count) configs: \(fresh) new, \(job.configs.count - fresh) known already"
        + (dryRun ? " (nothing was changed)" : ""))
  }
}
