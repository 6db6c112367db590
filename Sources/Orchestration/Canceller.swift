import Foundation
import Registry
import RunContract
import Scheduler

/// Ends runs and says truthfully what became of each.
public struct Canceller: Sendable {
  let registry: Registry
  let executors: [ExecutorName: any Executor]
  let reconciler: Reconciler

  /// Seconds to wait for the executor to show the end.
  static let patience = 15.0

  /// A canceller.
  public init(registry: Registry, executors: [any Executor], reconciler: Reconciler? = nil) {
    self.registry = registry
    self.executors = Dictionary(
      executors.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    self.reconciler = reconciler ?? Reconciler(registry: registry, executors: executors)
  }

  /// Why an executor was not asked to end a run that is still active.
  public enum Obstacle: Sendable, Equatable {
    /// It does not answer; whoever looks next when it does carries the wish out.
    case unreachable
    /// The run is on this cluster, and another one is asked here.
    case elsewhere(cluster: String)
    /// For another reason, which is among the failures, or because nobody has handed it over yet.
    case other
  }

  /// What became of a wish to cancel.
  public struct Report: Sendable {
    /// The runs as they are now.
    public var runs: [RunRecord] = []
    /// Why the executor was not asked to end a run, by run.
    public var obstacles: [Int64: Obstacle] = [:]
    /// What could not be done, in words for the user.
    public var failures: [String] = []
    public var isUnreachable = false
  }

  /// Cancels runs that are active and waits, for a bounded time, until their end is seen.
  /// - Parameter silent: executors that did not answer a moment ago. They are not asked again: the wish is
  ///   recorded, and carried out by whoever looks when they answer.
  public func cancel(
    _ runs: [RunRecord], silent: Set<ExecutorName> = []
  ) async throws -> Report {
    var report = Report()
    let ids = runs.map(\.id)
    var wanted = try registry.runs(.ids(ids)).filter(\.state.isActive)
    // Runs on this machine are cancelled by their claims, which lie in their directories.
    if let project = reconciler.continuer?.project {
      let local = wanted.filter { $0.executor == ExecutorName.local.rawValue }
      let (own, warnings) = project.ownRuns(local)
      let (others, elsewhere) = project.notOfLivingProjects(
        wanted.filter { $0.executor != ExecutorName.local.rawValue })
      wanted = others + own
      report.failures += warnings + elsewhere
    }
    try registry.requestCancel(of: wanted)
    // After the wish: a job of theirs that an administrator has requeued is ended when it is seen.
    try registry.withdraw(runs)
    for id in ids { report.obstacles[id] = .other }
    // Looked at after the wish: from here on nobody gives them another submission, and what somebody did
    // a moment before is seen.
    let handed = try registry.runs(.ids(wanted.map(\.id))).filter {
      $0.state.isActive && $0.state != .created && $0.token != nil && $0.due == nil
    }
    var unreachable = silent
    for (name, group) in Dictionary(grouping: handed, by: { $0.executor ?? "" }) {
      guard let executor = ExecutorName(rawValue: name).flatMap({ executors[$0] }) else { continue }
      if try await ask(executor, toEnd: group, silent: silent, &report) {
        unreachable.insert(executor.name)
      }
    }
    // Who cannot be reached shows no end either.
    let names = Set(unreachable.map(\.rawValue))
    let waited =
      names.isEmpty
      ? ids
      : ids.filter { id in
        !handed.contains { $0.id == id && names.contains($0.executor ?? "") }
      }
    // A job of Slurm's may yet be found and asked; a process that could not be asked goes on.
    let isAwaited = handed.contains {
      $0.executor != ExecutorName.local.rawValue || report.obstacles[$0.id] == nil
    }
    if !waited.isEmpty {
      report.failures += try await settle(waited, until: now() + (isAwaited ? Self.patience : 0))
    }
    report.runs = try registry.runs(.ids(ids))
    return report
  }

  /// Asks one executor for the end of its runs, and notes what stood in the way.
  /// - Returns: whether it cannot be reached.
  private func ask(
    _ executor: any Executor, toEnd runs: [RunRecord], silent: Set<ExecutorName>,
    _ report: inout Report
  ) async throws -> Bool {
    var here = runs
    if let asked = try executor.cluster ?? registry.site(at: executor.address)?.cluster {
      for run in runs {
        guard let cluster = run.cluster, cluster != asked else { continue }
        report.obstacles[run.id] = .elsewhere(cluster: cluster)
      }
      here = runs.filter { report.obstacles[$0.id] == .other }
    }
    if here.isEmpty { return false }
    if silent.contains(executor.name) {
      for run in here { report.obstacles[run.id] = .unreachable }
      report.isUnreachable = true
      return true
    }
    let outcome = await executor.cancel(try references(here))
    let whole = Set(outcome.asked.filter { $0.arrayIndex == nil }.map(\.token))
    let tasks = Set(outcome.asked)
    let spared = Set(outcome.spared.map { TaskKey(token: $0.token, index: $0.arrayIndex) })
    let asked = here.filter { run in
      !spared.contains(TaskKey(run))
        && (whole.contains(run.token ?? "") || tasks.contains(JobReference(run)))
    }
    for run in asked { report.obstacles[run.id] = nil }
    try registry.noteAskedToEnd(asked)
    report.failures += outcome.failures
    if outcome.isUnreachable {
      for run in here where report.obstacles[run.id] != nil {
        report.obstacles[run.id] = .unreachable
      }
      report.isUnreachable = true
    }
    return outcome.isUnreachable
  }

  /// One reference for a whole array where all its live tasks are meant, else one for each task.
  private func references(_ runs: [RunRecord]) throws -> [JobReference] {
    try Dictionary(grouping: runs, by: \.submissionID).values.flatMap { group in
      guard let first = group.first, first.isArray, group.count > 1, first.executor == "slurm",
        let submission = first.submissionID
      else { return group.map(JobReference.init) }
      var filter = RunFilter.states(RunState.active)
      filter.submissionID = submission
      guard Set(try registry.runs(filter).map(\.id)) == Set(group.map(\.id)) else {
        return group.map(JobReference.init)
      }
      var whole = JobReference(first)
      whole.arrayIndex = nil
      return [whole]
    }
  }

  /// Looks until the runs have ended or the patience is over; soon at first, and seldom: every look is a
  /// question to a controller that all users share.
  private func settle(_ ids: [Int64], until deadline: Double) async throws -> [String] {
    var pause = 0.15
    while true {
      let round = try await reconciler.reconcile(.ids(ids), submitting: false)
      let isOver = try registry.runs(.ids(ids)).allSatisfy { !$0.state.isActive }
      if isOver || !round.isComplete || now() + pause > deadline { return round.warnings }
      try await Task.sleep(for: .seconds(pause))
      pause = min(pause * 2, 5)
    }
  }
}
