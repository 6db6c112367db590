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
      Where Slurm does not answer, the wish is kept: whatever command looks next when it
      does carries it out.
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
    var chosen = Chosen()
    if targets.isEmpty {
      let states = state.isEmpty ? RunState.active : state
      let selection = try Selection(
        targets: [], experiment: experiment, states: states, registry: workshop.registry)
      chosen.silent = try await look(selection.reach, workshop)
      chosen.runs = try selection.runs(workshop.registry)
    } else {
      chosen = try await look(for: targets.map(Target.init), workshop)
    }
    // What becomes of one target keeps no other from being cancelled.
    var failure: (any Error)?
    do { try await cancel(chosen.runs, silent: chosen.silent, workshop) } catch { failure = error }
    for target in chosen.foreign {
      let job = ForeignJob(
        target: target, slurm: workshop.slurm, options: options, isBesideJSON: table.json)
      if chosen.silent.contains(.slurm) {
        options.say("job \(job.text) is not in the registry, and was not asked to end")
        failure = failure ?? ExitCode(ExitStatus.unavailable.rawValue)
        continue
      }
      do { try await job.cancel(yes: yes, dryRun: dryRun) } catch {
        if let failure, !(failure is ExitCode) { _ = report(failure) }
        failure = error
        // Each question to a controller that is away takes long, and the next would too.
        if ForeignJob.isUnreachable(error) { chosen.silent.insert(.slurm) }
      }
    }
    if let failure { throw failure }
  }

  /// What the command line means.
  private struct Chosen {
    var runs: [RunRecord] = []
    /// Jobs that must be asked for at Slurm, because the registry does not know them or knows them only as
    /// ended: ids are used again.
    var foreign: [Target] = []
    /// Executors that did not answer.
    var silent: Set<ExecutorName> = []
  }

  /// Brings the registry up to date.
  /// - Returns: who did not answer.
  private func look(_ runs: RunFilter, _ workshop: Workshop) async throws -> Set<ExecutorName> {
    let round = try await workshop.reconciler.reconcile(runs, submitting: false)
    options.tell(round)
    return round.silent
  }

  /// The runs of all targets as they are after one look.
  private func look(for targets: [Target], _ workshop: Workshop) async throws -> Chosen {
    var chosen = Chosen()
    let named = try targets.map { try NamedRuns($0, in: workshop.registry) }
    let ids = Set(named.flatMap(\.reach)).sorted()
    if !ids.isEmpty { chosen.silent = try await look(.ids(ids), workshop) }
    let known = try named.map { ($0.target, try $0.after(workshop.registry)) }
    let all = Dictionary(
      try workshop.registry.runs(.ids(known.flatMap(\.1))).map { ($0.id, $0) },
      uniquingKeysWith: { first, _ in first })
    var taken: Set<Int64> = []
    for (target, ids) in known {
      let runs = ids.compactMap { all[$0] }
      if try await isForeign(target, knownAs: runs, chosen.silent, workshop) {
        chosen.foreign.append(target)
      } else {
        chosen.runs += runs.filter { taken.insert($0.id).inserted }
      }
    }
    return chosen
  }

  private func isForeign(
    _ target: Target, knownAs runs: [RunRecord], _ silent: Set<ExecutorName>,
    _ workshop: Workshop
  ) async throws -> Bool {
    if target.isName { return false }
    if runs.contains(where: \.state.isActive) { return false }
    if runs.isEmpty { return true }
    if silent.contains(.slurm) { return false }
    return try await ForeignJob.isReused(target, knownAs: runs, workshop.slurm)
  }

  private func cancel(
    _ runs: [RunRecord], silent: Set<ExecutorName>, _ workshop: Workshop
  ) async throws {
    let active = runs.filter(\.state.isActive)
    let ended = runs.filter { !$0.state.isActive }
    for run in ended.prefix(3) {
      options.say("\(printable(run.name)) has already ended: \(run.state.rawValue)")
    }
    if ended.count > 3 { options.say("… and \(ended.count - 3) more have already ended") }
    if active.isEmpty {
      if targets.isEmpty || !runs.isEmpty {
        if targets.isEmpty { options.say("no active run matches") }
        if table.json { Stream.output.line(StatusReport(ended).json.indented) }
        throw ExitCode(ExitStatus.nothing.rawValue)
      }
      if table.json { Stream.output.line(StatusReport([]).json.indented) }
      return
    }
    if dryRun {
      if table.json { return Stream.output.line(StatusReport(active).json.indented) }
      for run in active {
        Stream.output.line("would cancel \(printable(run.name)) (\(jobText(run)))")
      }
      return
    }
    if active.count > 1 { try confirm("Cancel \(active.count) runs?", yes: yes) }
    let report = try await workshop.canceller.cancel(active, silent: silent)
    show(report, besides: ended)
    if report.isUnreachable { throw ExitCode(ExitStatus.unavailable.rawValue) }
    if report.runs.contains(where: { $0.state.isActive }) { throw ExitCode(1) }
  }

  private func show(_ report: Canceller.Report, besides ended: [RunRecord]) {
    if table.json { Stream.output.line(StatusReport(ended + report.runs).json.indented) }
    for run in report.runs where !table.json {
      let end = words(run, report.obstacles[run.id])
      Stream.output.line(
        "\(printable(run.name))  \(jobText(run))  \(options.style(role(of: run.state), end))")
    }
    options.warn(report.failures)
  }

  /// What became of a run.
  private func words(_ run: RunRecord, _ obstacle: Canceller.Obstacle?) -> String {
    if run.state == .cancelled { return "cancelled" }
    if !run.state.isActive { return "had ended: \(run.state.rawValue)" }
    let state = run.state.rawValue
    return switch obstacle {
    case nil: "asked to end, still \(state)"
    case .unreachable:
      "not asked to end: Slurm cannot be reached; it is cancelled as soon as Slurm answers"
    case .elsewhere(let cluster):
      "not asked to end: it is on the cluster \(printable(cluster)), which is not the one that is asked here"
    case .other where run.cancelRequestedAt == nil: "left alone, still \(state)"
    case .other:
      "not asked to end yet, still \(state); it is when somebody looks and its job is found"
    }
  }
}
