import ArgumentParser
import Orchestration
import Registry
import Reports
import Terminal

struct Compare: PerformedCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Compare runs: the parameters that differ and what came of them.",
    discussion: """
      EXAMPLES
        orchestrate compare --experiment penalty-sweep
        orchestrate compare demo-1 demo-3
        orchestrate compare --experiment demo --json
        orchestrate compare one two --where penalty=quadratic --where 'seed>=3'
        orchestrate compare demo --state completed --since 7d
        orchestrate compare sweep --by penalty,corr_weight --sort val_loss_last
        orchestrate compare sweep --by penalty --baseline penalty=exponential
        orchestrate compare sweep --by auto --csv > sweep.csv
        orchestrate compare --diff demo-1 demo-3    what differs, and how scripts do

      A row a run. LOSS 1ST, LAST, BEST: the mean loss of the first, the last and
      the best epoch. MAX ‖g‖: the highest gradient norm of any step before
      clipping, AT that epoch. PENALTY: the last epoch's mean correlation penalty,
      before its weight.

      A row a group (--by). Means over the group's finished runs with their 95 %
      bootstrap interval (percentiles; all resamples up to eight values, 9,999
      drawn with a fixed seed above). FINISHED: completed. EXPLODED: a gradient
      that was not finite, or a norm before clipping above 10, applied or not,
      whether the run finished or not. FAILED: ended otherwise. AT: epoch/step.
      IN BAND: epochs whose mean norm lies in 1-10, of all.

      Against a baseline (--baseline). The difference is paired by seed where two
      or more seeds match (Wilcoxon's signed-rank test; of several runs of a seed
      the mean), else of the means (permutation test). Exploded runs are counted
      (Wilson's intervals, Fisher's exact test), never dropped. P-values after
      Holm.
      """)

  @OptionGroup var choice: RunChoice
  @Flag(
    help: "What differs between two runs: parameters, resources, program, data, machine, script.")
  var diff = false

  @OptionGroup var groups: GroupOptions
  @OptionGroup var layout: CompareOptions
  @OptionGroup var table: TableOptions
  @OptionGroup var options: GlobalOptions

  func perform() async throws {
    let workshop = try Workshop(options)
    let runs = try await choice.runs(workshop, options)
    if diff { return try show(runs, workshop) }
    let compared = try groups.compared(runs, in: workshop.registry)
    if let names = groups.names {
      return try GroupView(layout, table, options).show(compared, by: names, groups)
    }
    var report = CompareReport(compared)
    if let column = layout.sort {
      do { try report.sort(by: column, descending: layout.descending) } catch {
        throw Failure("--sort: \(error)", status: .usage)
      }
    }
    layout.render(json: report.json, flat: report.flat, table: report.table, table, options)
  }

  private func show(_ runs: [RunRecord], _ workshop: Workshop) throws {
    guard runs.count == 2 else {
      throw Failure(
        "--diff compares two runs, and these are \(runs.count)",
        hint: "name them: orchestrate compare --diff \(runs[0].name) OTHER", status: .usage)
    }
    let gatherer = RunFacts(project: workshop.project, registry: workshop.registry)
    let view = try DifferenceView(inOrderOfNames(runs), gatherer)
    options.tellOfPruned(runs, workshop.registry)
    table.render(json: view.json, table: view.table, style: options.style)
    if table.json { return }
    if view.differences.isEmpty { options.say("nothing that is known of them differs") }
    guard view.script != nil else {
      return options.say("the script of one of them is not there any more")
    }
    let lines = view.scriptLines(options.style)
    if !lines.isEmpty { Stream.output.line("\n" + lines.joined(separator: "\n")) }
  }

  /// Two runs in the order in which they were named.
  private func inOrderOfNames(_ runs: [RunRecord]) -> [RunRecord] {
    runs[1].name == choice.targets.first ? runs.reversed() : runs
  }
}
