import ArgumentParser
import Orchestration
import RunContract
import Terminal

struct Reconcile: PerformedCommand {
  static let configuration = CommandConfiguration(
    commandName: "reconcile",
    abstract: "Bring the registry up to what is really so; every other command does it on its way.",
    discussion: """
      EXAMPLES
        orchestrate reconcile
        orchestrate reconcile --json     {"changes": 2, "complete": true, …}

      Exit status 69 where Slurm, or whoever else executes active runs, did not
      answer; what could not be asked changed nothing.
      """)

  @Flag(help: "The number of changed runs, notes and warnings as JSON, and whether all were asked.")
  var json = false

  @OptionGroup var options: GlobalOptions

  func perform() async throws {
    let workshop = try Workshop(options)
    let round = try await workshop.reconciler.reconcile()
    if json {
      Stream.output.line(Self.json(round).indented)
    } else {
      options.tell(round)
      Stream.output.line("\(round.changes) run\(round.changes == 1 ? "" : "s") changed")
    }
    if !round.isComplete { throw ExitCode(ExitStatus.unavailable.rawValue) }
  }

  private static func json(_ round: Reconciler.Round) -> JSONValue {
    [
      "changes": JSONValue(round.changes), "complete": .bool(round.isComplete),
      "notes": .array(round.notes.map { .string($0) }),
      "warnings": .array(Set(round.warnings).sorted().map { .string($0) }),
    ]
  }
}
