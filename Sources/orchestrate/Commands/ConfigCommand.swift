import ArgumentParser

struct ConfigCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "config",
    abstract: "Add, import, list and show configs: immutable sets of hyperparameters.",
    discussion: """
      EXAMPLES
        orchestrate config add --penalty quadratic --corr-weight 0.5 --data data/pairs
        orchestrate config import Jobs/penalty-sweep.yaml
        orchestrate config list
        orchestrate config show 3f2a91c0d4

      A config is named by its content: the same one twice is one config.
      """,
    subcommands: [ConfigAdd.self, ConfigImport.self, ConfigList.self, ConfigShow.self])
}
