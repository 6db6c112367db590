import Foundation
import Registry
import RunContract
import Scheduler

/// Brings the registry up to what is really so: asks each executor once, reads the run directories,
/// and records what has changed. A question that failed changes no state.
public struct Reconciler: Sendable {
  let registry: Registry
  let executors: [ExecutorName: any Executor]

  /// Seconds that a run may be unseen before it is given up: accounting lags, controllers restart.
  public static let grace: [ExecutorName: Double] = [.slurm: 300, .local: 5]
  /// Seconds after which an intent without an answer counts as one whose answer was lost.
  static let answerLimit = 90.0
  /// Seconds after which a run that was made but never submitted is given up.
  static let intentLimit = 120.0
  /// Seconds that a file server may take to show the last lines of a run that has ended.
  static let lateness = 120.0
  /// A heartbeat this young shows a trainer at work, whatever the scheduler says.
  static let freshHeartbeat = 6.0 * Double(RunFile.heartbeatInterval)

  /// A reconciler.
  public init(registry: Registry, executors: [any Executor]) {
    self.registry = registry
    self.executors = Dictionary(
      executors.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// What one round found out.
  public struct Round: Sendable {
    /// Questions that failed and other things a user should know.
    public var warnings: [String] = []
    /// Whether every executor with active runs answered.
    public var isComplete = true
    /// The number of runs whose record changed.
    public var changes = 0
  }

  /// Looks at the active runs that a filter lets through.
  public func reconcile(_ wanted: RunFilter = RunFilter()) async throws -> Round {
    var filter = wanted
    filter.states = (wanted.states ?? RunState.active).filter(\.isActive)
    var round = Round()
    let runs = try registry.runs(filter)
    // A run whose maker died before it was handed over.
    round.changes += try registry.withdraw(
      runs.filter { now() - $0.createdAt > Self.intentLimit },
      because: "never handed over: orchestrate ended before it was submitted")
    let handed = runs.filter { $0.state != .created && $0.token != nil }
    for (name, group) in Dictionary(grouping: handed, by: { $0.executor ?? "" }) {
      guard let executor = ExecutorName(rawValue: name).flatMap({ executors[$0] }) else { continue }
      let observation = await executor.observe(group.map(JobReference.init))
      round.warnings += observation.warnings
      round.isComplete = round.isComplete && observation.isComplete
      try record(observation, of: group, by: executor.name, &round)
      await endUnwanted(group, observation, executor)
    }
    var justEnded = wanted
    justEnded.states = RunState.allCases.filter { !$0.isActive }
    justEnded.endedSince = now() - Self.lateness
    round.warnings += try takeInMetrics(of: try registry.runs(justEnded))
    return round
  }

  /// Ends jobs that were cancelled before anybody knew their id, and were found only now.
  private func endUnwanted(
    _ runs: [RunRecord], _ observation: Observation, _ executor: any Executor
  ) async {
    let live = Dictionary(
      observation.jobs.filter { !$0.phase.isTerminal }.map {
        (TaskKey(token: $0.token, index: $0.arrayIndex), $0.jobID)
      }, uniquingKeysWith: { first, _ in first })
    let unwanted = runs.compactMap { run -> JobReference? in
      guard run.cancelRequestedAt != nil, run.jobID == nil,
        let id = live[TaskKey(token: run.token ?? "", index: run.arrayTask)]
      else { return nil }
      var job = JobReference(run)
      job.jobID = id
      return job
    }
    if !unwanted.isEmpty { _ = await executor.cancel(unwanted) }
  }

  /// Takes in the metrics of these runs. A directory that is gone or cannot be read must not hide what
  /// is known of all the others.
  /// - Returns: which could not be read, in words for the user.
  public func takeInMetrics(of runs: [RunRecord]) throws -> [String] {
    var refusals = Refusals()
    for run in runs {
      do { try MetricsIntake(registry).takeIn(run) } catch let error as FileError {
        refusals.add(error)
      }
    }
    return refusals.warnings
  }

  private func record(
    _ observation: Observation, of runs: [RunRecord], by executor: ExecutorName,
    _ round: inout Round
  ) throws {
    let seen = Dictionary(
      observation.jobs.map { (TaskKey(token: $0.token, index: $0.arrayIndex), $0) },
      uniquingKeysWith: { first, _ in first })
    var updates: [RunUpdate] = []
    var jobs: [JobRow] = []
    var refusals = Refusals()
    for run in runs {
      let key = TaskKey(token: run.token ?? "", index: run.arrayTask)
      if let job = seen[key] {
        updates.append(news(of: run, from: job))
        jobs.append(JobRow(run, job))
      } else if observation.isComplete {
        do { updates.append(try newsOfUnseen(run, executor)) } catch let error as FileError {
          refusals.add(error)
        }
      }
    }
    // The metrics come first: who is interrupted after them finds the run active once more, and who is
    // interrupted after the end is recorded would never look again. Runs that wait have none, and ten
    // thousand of those would be ten thousand questions to a file server.
    let next = Dictionary(updates.map { ($0.run.id, $0.state) }, uniquingKeysWith: { $1 })
    let trained = runs.filter { (next[$0.id] ?? $0.state).mayHaveTrained }
    round.warnings += refusals.warnings + (try takeInMetrics(of: trained))
    round.changes += try registry.apply(updates)
    try registry.record(jobs: jobs)
  }

  /// What an executor's answer says of a run.
  private func news(of run: RunRecord, from job: JobObservation) -> RunUpdate {
    var update = RunUpdate(run)
    update.missingSince = nil
    if job.jobID > 0 { update.jobID = job.jobID }
    // The directories of ten thousand runs that wait are left alone.
    let record = job.phase.isTerminal ? RunFolder(run).exitRecord : nil
    guard let end = runEnd(of: job, record: record) else { return update }
    update.state = end.state
    update.reason = end.reason
    update.nodes = job.nodes ?? run.nodes
    if end.state != .pending { update.startedAt = job.startTime ?? run.startedAt }
    if !end.state.isActive {
      update.endedAt = job.endTime ?? record?.time ?? run.endedAt ?? now()
      update.exitCode = job.exitCode ?? record?.code
      update.signal = job.signal.flatMap { $0 > 0 ? $0 : nil }
    }
    return update
  }

  /// What the run directory says of a run that the executor does not show.
  private func newsOfUnseen(_ run: RunRecord, _ executor: ExecutorName) throws -> RunUpdate {
    var update = RunUpdate(run)
    if run.state == .submitting, now() - (run.submittedAt ?? 0) < Self.answerLimit { return update }
    let folder = RunFolder(run)
    if let record = folder.exitRecord {
      let end = runEnd(exitCode: record.code)
      // Who failed before the wish was not ended by it.
      let wasCancelled =
        end.state == .failed && (run.cancelRequestedAt ?? .infinity) < record.time + 1
      update.state = wasCancelled ? .cancelled : end.state
      update.reason = wasCancelled ? nil : end.reason
      update.exitCode = record.code
      update.endedAt = record.time
      update.startedAt = run.startedAt ?? folder.claim?.time
      update.missingSince = nil
      return update
    }
    if let age = folder.heartbeatAge, folder.claim?.kind == .claim, age < Self.freshHeartbeat {
      update.state = .running
      update.startedAt = run.startedAt ?? folder.claim?.time
      update.reason = "no longer listed by \(executor.rawValue), yet its heartbeat is fresh"
      update.missingSince = nil
      return update
    }
    if run.cancelRequestedAt != nil {
      try endCancelled(&update)
      return update
    }
    guard let since = run.missingSince else {
      update.missingSince = now()
      if run.state == .submitting { update.state = .unconfirmed }
      return update
    }
    if now() - since >= Self.grace[executor] ?? 300 { try giveUp(&update) }
    return update
  }

  /// A run that was cancelled and is gone: Slurm forgets a waiting array task at once, so nobody but
  /// the claim can say that it never started, and taking the claim makes it so.
  private func endCancelled(_ update: inout RunUpdate) throws {
    guard let token = update.run.token else { return }
    _ = try Claim.revoke(runDirectory: update.run.directory, token: token)
    update.state = .cancelled
    update.endedAt = now()
    update.reason = nil
    update.missingSince = nil
  }

  /// Gives a run up that left no trace, after its token was taken back: a job that turns up later
  /// finds its claim taken and trains nothing.
  private func giveUp(_ update: inout RunUpdate) throws {
    let run = update.run
    guard let token = run.token else { return }
    let claim = try Claim.revoke(runDirectory: run.directory, token: token)
    update.state = .lost
    update.endedAt = now()
    update.reason =
      claim == nil
      ? "left no trace and never started; its token was taken back, so it may be submitted again"
      : "started, then vanished without a word: no record of its end"
  }
}

/// Run directories that refused something: the first few by name, the others by number.
private struct Refusals {
  private var shown: [String] = []
  private var more = 0

  mutating func add(_ error: FileError) {
    if shown.count < 3 { shown.append("\(error)") } else { more += 1 }
  }

  var warnings: [String] {
    more > 0 ? shown + ["… and the same of \(more) more run directories"] : shown
  }
}

/// What names one task in an executor's answer.
private struct TaskKey: Hashable {
  var token: String
  var index: Int?
}

extension JobReference {
  /// The job of a run's current submission.
  public init(_ run: RunRecord) {
    self.init(
      token: run.token ?? "", jobID: run.jobID, arrayIndex: run.arrayTask,
      submitTime: run.submittedAt, runDirectory: run.directory,
      submissionDirectory: run.submissionDirectory ?? "")
  }
}

extension JobRow {
  init(_ run: RunRecord, _ job: JobObservation) {
    self.init(
      run: run, jobID: job.jobID, arrayIndex: job.arrayIndex,
      submitTime: job.submitTime ?? run.submittedAt ?? 0, state: "\(job.phase)",
      reason: job.reason, startTime: job.startTime, endTime: job.endTime, exitCode: job.exitCode,
      signal: job.signal, nodes: job.nodes)
  }
}
