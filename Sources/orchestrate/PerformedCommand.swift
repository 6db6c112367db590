import ArgumentParser

/// A command that waits for others: for Slurm, for runs.
///
/// What `AsyncParsableCommand` asks for is called on a thread of Swift's pool, and to start that pool takes
/// longer than to read the words of the command line; ``perform()`` stays on the thread of its caller.
protocol PerformedCommand: AsyncParsableCommand {
  /// Does what the command is for.
  func perform() async throws
}

extension PerformedCommand {
  mutating func run() async throws { try await perform() }
}
