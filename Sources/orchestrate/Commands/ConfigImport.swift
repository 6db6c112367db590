import ArgumentParser
import JobFiles
import Orchestration
import Registry
import RunContract
import Terminal

struct ConfigImport: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Take in the configs of a job file, or one as JSON, without submitting them.",
    discussion: """
      EXAMPLES
        orchestrate config import Jobs/penalty-sweep.yaml
        orchestrate config import Jobs/penalty-sweep.yaml --dry-run
        orchestrate config import config.json         what `config show --json` prints
      """)

  @Argument(help: "A job file, or a .json file of parameters.") var file: String
  @Flag(help: "Say what would be taken in and change nothing.") var dryRun = false
  @OptionGroup var options: GlobalOptions

  func run() throws {
    let workshop = try Workshop(options)
    let configs = try load(workshop)
    var fresh = 0
    for config in configs {
      let isNew =
        dryRun
        ? try workshop.registry.configs(prefix: config.id).isEmpty
        : try workshop.registry.add(config).isNew
      if isNew { fresh += 1 }
      Stream.output.line("\(config.shortID)  \(isNew ? "new" : "known already")")
    }
    options.say(
      "\(configs.count) configs: \(fresh) new, \(configs.count - fresh) known already"
        + (dryRun ? " (nothing was changed)" : ""))
  }

  private func load(_ workshop: Workshop) throws -> [Config] {
    if file.hasSuffix(".json") {
      let config = Config(parameters: try parseParameters(path: file)).expandedForTrain
      if let complaint = config.complaintsForTrain.first {
        throw Failure("\(file): \(complaint)", status: .usage)
      }
      return [config]
    }
    let defaults = workshop.site
    return try JobSpecification(try JobFile.load(path: file, siteDefaults: defaults)).configs
  }
}
