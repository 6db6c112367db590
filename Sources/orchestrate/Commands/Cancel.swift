import ArgumentParser
import Orchestration
import Registry
import Reports
import RunContract
import Scheduler
import Terminal

struct Cancel: PerformedCommand {
  static let configuration = CommandConfiguration(
    commandName: "cancel",
    abstract: "End jobs and runs, and say what became of each.",
    discussion: """
      EXAMPLES
        orchestrate cancel 21449738               a Slurm job, whole
        orchestrate cancel 21449738_3             one task of an array
        orchestrate cancel quadratic-2            a run
        orchestrate cancel --experiment demo -y   all that is active of an experiment
        orchestrate cancel --state pending

      A job that the registry does not know is shown and cancelled after confirmation.
      """)

  @Argument(help: "Job ids, array tasks or runs.")
  var targets: [String] = []

  @Option(help: "All active runs of this experiment.")
  var experiment: String?

  @Option(help: "All runs in this state; may be repeated.")
  var state: [RunState] = []

  @Flag(help: "All active runs of the project.")
  var all = false

  @Flag(name: .shortAndLong, help: "Do not ask.")
  var yes = false

  @Flag(help: "Say what would be cancelled and change nothing.")
  var dryRun = false

  @OptionGroup var table: TableOptions
  @OptionGroup var options: GlobalOptions

  func validate() throws {
    if targets.isEmpty, experiment == nil, state.isEmpty, !all {
      throw ValidationError("name a job or a run, or give --experiment, --state or --all")
    }
    if !targets.isEmpty, experiment != nil || !state.isEmpty || all {
      throw ValidationError("give either targets or --experiment, --state, --all")
    }
  }

  func perform() async throws {
    let workshop = try Workshop(options)
    var runs: [RunRecord] = []
    var foreign: [Target] = []
    if targets.isEmpty {
      let states = state.isEmpty ? RunState.active : state
      let selection = try Selection(
        targets: [], experiment: experiment, states: states, registry: workshop.registry)
      options.tell(try await workshop.reconciler.reconcile(selection.reach, submitting: false))
      runs = try selection.runs(workshop.registry)
    } else {
      for text in targets {
        let found = try await look(for: Target(text), workshop)
        if let found { runs += found } else { foreign.append(Target(text)) }
      }
    }
    // What becomes of one target keeps no other from being cancelled.
    var failure: (any Error)?
    do { try await cancel(runs, workshop) } catch { failure = error }
    for target in foreign {
      do {
        try await ForeignJob(target: target, slurm: workshop.slurm, options: options)
          .cancel(yes: yes, dryRun: dryRun)
      } catch {
        if let failure, !(failure is ExitCode) { _ = report(failure) }
        failure = error
      }
    }
    if let failure { throw failure }
  }

  /// The runs of a target as they are now; `nil` for a job that must be asked for at Slurm, because the
  /// registry does not know it or knows it only as ended: ids are used again.
  private func look(for target: Target, _ workshop: Workshop) async throws -> [RunRecord]? {
    let known = try workshop.registry.runs(named: target)
    let ids = known.map(\.id)
    options.tell(try await workshop.reconciler.reconcile(.ids(ids), submitting: false))
    let runs = try workshop.registry.runs(.ids(ids))
    if case .name = target { return runs }
    if runs.contains(where: \.state.isActive) { return runs }
    if runs.isEmpty { return nil }
    return try await ForeignJob.isReused(target, knownAs: runs, workshop.slurm) ? nil : runs
  }

  private func cancel(_ runs: [RunRecord], _ workshop: Workshop) async throws {
    let active = runs.filter(\.state.isActive)
    let ended = runs.filter { !$0.state.isActive }
    for run in ended.prefix(3) {
      options.say("\(run.name) has already ended: \(run.state.rawValue)")
    }
    if ended.count > 3 { options.say("… and \(ended.count - 3) more have already ended") }
    if active.isEmpty {
      if targets.isEmpty || !runs.isEmpty {
        if targets.isEmpty { options.say("no active run matches") }
        throw ExitCode(ExitStatus.nothing.rawValue)
      }
      return
    }
    if dryRun {
      for run in active { Stream.output.line("would cancel \(run.name) (\(jobText(run)))") }
      return
    }
    if active.count > 1 { try confirm("Cancel \(active.count) runs?", yes: yes) }
    let report = try await workshop.canceller.cancel(active)
    show(report)
    if report.isUnreachable { throw ExitCode(ExitStatus.unavailable.rawValue) }
    if report.runs.contains(where: { $0.state.isActive }) { throw ExitCode(1) }
  }

  private func show(_ report: Canceller.Report) {
    if table.json { Stream.output.line(StatusReport(report.runs).json.indented) }
    for run in report.runs where !table.json {
      let end =
        run.state == .cancelled
        ? "cancelled"
        : run.state.isActive
          ? "asked to end, still \(run.state.rawValue)" : "had ended: \(run.state.rawValue)"
      Stream.output.line("\(run.name)  \(jobText(run))  \(options.style(role(of: run.state), end))")
    }
    options.warn(report.failures)
  }
}
