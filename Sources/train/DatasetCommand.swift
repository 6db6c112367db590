import ArgumentParser

/// `train dataset`.
struct DatasetCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dataset",
    abstract: "Makes datasets.",
    discussion: """
      Examples:
        train dataset make --audio music --out data/pairs
      """,
    subcommands: [DatasetMakeCommand.self])
}
