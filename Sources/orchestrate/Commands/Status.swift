import ArgumentParser
import Foundation
import Orchestration
import Registry
import Reports
import RunContract
import Terminal

struct Status: PerformedCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Say truthfully what runs, waits and has ended.",
    discussion: """
      EXAMPLES
        orchestrate status                         active and newest runs
        orchestrate status penalty-sweep           one experiment, run or job id
        orchestrate status --watch                 follow until everything has ended
        orchestrate status --state failed --json   an array of objects

      Slurm is asked once for all runs together. Where it cannot be asked, nothing
      changes and a warning says so.
      """)

  @Argument(help: "Runs, experiments, job ids (21449738) or tasks (21449738_3).")
  var targets: [String] = []

  @Option(help: "Only the runs of this experiment.")
  var experiment: String?

  @Option(help: "Only runs in this state; may be repeated.")
  var state: [RunState] = []

  @Flag(
    name: .shortAndLong,
    help: "All runs, each in a row, not only the active and the newest.")
  var all = false

  @Flag(help: "Follow until every run shown has ended.")
  var watch = false

  @Option(help: "Seconds between two questions to Slurm while watching.")
  var interval: Double = 10

  @Option(name: .shortAndLong, help: "normal or wide.")
  var output: OutputWidth = .normal

  @Flag(name: .shortAndLong, help: "Only the names of the runs.")
  var quiet = false

  @Flag(help: "Exit with 1 unless every run shown has completed.")
  var exitStatus = false

  @OptionGroup var table: TableOptions
  @OptionGroup var options: GlobalOptions

  /// Runs shown where nothing was asked for in particular.
  private static let newest = 30

  enum OutputWidth: String, ExpressibleByArgument, CaseIterable { case normal, wide }

  func validate() throws {
    guard interval >= 1, interval <= 86_400 else {
      throw ValidationError("--interval must be from 1 to 86400 seconds")
    }
  }

  func perform() async throws {
    let workshop = try Workshop(options)
    let selection = try Selection(
      targets: targets, experiment: experiment, states: state, registry: workshop.registry,
      isToShow: true)
    if watch {
      let ids = try shown(selection, after: Reconciler.Round(), workshop.registry).map(\.id)
      try await Watcher(workshop: workshop, options: options, interval: interval)
        .follow(ids)
    }
    // Who has watched until the end has just asked.
    let round =
      watch ? Reconciler.Round() : try await workshop.reconciler.reconcile(selection.reach)
    options.tell(round)
    let runs = try shown(selection, after: round, workshop.registry)
    try show(runs, of: workshop.registry, selection)
    if !round.isComplete { throw ExitCode(ExitStatus.unavailable.rawValue) }
    if runs.isEmpty, !selection.isEverything { throw ExitCode(ExitStatus.nothing.rawValue) }
    if exitStatus, runs.contains(where: { $0.state != .completed }) { throw ExitCode(1) }
  }

  private func shown(
    _ selection: Selection, after round: Reconciler.Round, _ registry: Registry
  ) throws -> [RunRecord] {
    if !selection.isEverything || all || table.json { return try selection.runs(registry) }
    var newest = RunFilter()
    newest.limit = Self.newest
    let active = try registry.activeRuns(knowing: round.waiting)
    let recent = try registry.runs(newest)
    let known = Set(active.map(\.id))
    let ended = recent.filter { !known.contains($0.id) }
    return ended.isEmpty ? active : (active + ended).sorted { $0.id < $1.id }
  }

  private func show(_ runs: [RunRecord], of registry: Registry, _ selection: Selection) throws {
    if quiet { return runs.forEach { Stream.output.line($0.name) } }
    let report = StatusReport(runs)
    if runs.isEmpty, !table.json {
      options.say("no runs\(selection.isEverything ? " yet" : " match")")
      if selection.isEverything {
        options.hint("`orchestrate submit Jobs/quadratic.yaml`")
      }
      return
    }
    table.render(
      json: report.json,
      table: report.table(output == .wide ? .wide : .normal, drawsTogether: !all),
      style: options.style)
    if !table.json {
      options.say(summary(of: runs, style: options.errorStyle))
      if let hint = hintForHeld(runs) { options.hint(hint) }
      let hidden = selection.isEverything ? try registry.runCount() - runs.count : 0
      if hidden > 0 { options.say("\(hidden) older runs are not shown; --all shows them") }
    }
  }
}
