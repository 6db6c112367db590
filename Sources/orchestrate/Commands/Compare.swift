import ArgumentParser
import Orchestration
import Registry
import Reports
import Terminal

struct Compare: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Compare runs: the parameters that differ and what came of them.",
    discussion: """
      EXAMPLES
        orchestrate compare --experiment penalty-sweep
        orchestrate compare demo-1 demo-3
        orchestrate compare --experiment demo --json

      LOSS 1ST, LAST, BEST: the mean loss of the first, the last and the best epoch. MAX ‖g‖:
      the highest gradient norm of any step before clipping, AT that epoch. PENALTY: the
      last epoch's mean correlation penalty, before its weight.
      """)

  @Argument(help: "Runs, experiments, job ids or array tasks.")
  var targets: [String] = []

  @Option(help: "All runs of this experiment.")
  var experiment: String?

  @OptionGroup var table: TableOptions
  @OptionGroup var options: GlobalOptions

  func validate() throws {
    if targets.isEmpty, experiment == nil {
      throw ValidationError("name runs, or an experiment with --experiment")
    }
  }

  func run() async throws {
    let workshop = try Workshop(options)
    let selection = try Selection(
      targets: targets, experiment: experiment, states: [], registry: workshop.registry)
    options.tell(try await workshop.reconciler.reconcile(selection.reach))
    let runs = try selection.runs(workshop.registry)
    guard !runs.isEmpty else { throw Failure("no runs match", status: .nothing) }
    let report = try CompareReport(runs, in: workshop.registry)
    table.render(json: report.json, table: report.table, style: options.style)
  }
}
