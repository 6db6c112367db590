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
        orchestrate compare sweep-a sweep-b --where penalty=quadratic --where 'corr_weight>=0.3'
        orchestrate compare demo --state completed --since 7d

      LOSS 1ST, LAST, BEST: the mean loss of the first, the last and the best epoch. MAX ‖g‖:
      the highest gradient norm of any step before clipping, AT that epoch. PENALTY: the
      last epoch's mean correlation penalty, before its weight.
      """)

  @OptionGroup var choice: RunChoice
  @OptionGroup var table: TableOptions
  @OptionGroup var options: GlobalOptions

  func run() async throws {
    let workshop = try Workshop(options)
    let runs = try await choice.runs(workshop, options)
    let report = try CompareReport(runs, in: workshop.registry)
    table.render(json: report.json, table: report.table, style: options.style)
  }
}
