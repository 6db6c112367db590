import ArgumentParser
import Orchestration
import Terminal

struct Reconcile: PerformedCommand {
  static let configuration = CommandConfiguration(
    commandName: "reconcile",
    abstract: "Bring the registry up to what is really so; every other command does it on its way.",
    discussion: """
      EXAMPLES
        orchestrate reconcile
      """)

  @OptionGroup var options: GlobalOptions

  func perform() async throws {
    let workshop = try Workshop(options)
    let round = try await workshop.reconciler.reconcile()
    options.tell(round)
    Stream.output.line("\(round.changes) run\(round.changes == 1 ? "" : "s") changed")
    if !round.isComplete { throw ExitCode(ExitStatus.unavailable.rawValue) }
  }
}
