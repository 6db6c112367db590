import Foundation
import Registry
import RunContract
import Scheduler

/// Brings the registry up to what is really so: asks each executor once, reads the run directories,
/// records what has changed, and does what is due. A question that failed changes no state.
public struct Reconciler: Sendable {
  let registry: Registry
  let executors: [ExecutorName: any Executor]
  let continuer: Continuer?
  let patience: Patience
  let clocks: Clocks
  private var project: Project? { continuer?.project }

  /// Seconds that a file server may take to show the last lines of a run that has ended.
  static let lateness = 120.0
  /// Seconds after the last end within which Slurm is asked although nothing is active: an administrator
  /// may have requeued what had ended.
  static let afterglow = 86_400.0

  /// A reconciler.
  /// - Parameter continuer: who does what is due; `nil` to look only.
  public init(
    registry: Registry, executors: [any Executor], continuer: Continuer? = nil,
    patience: Patience = Patience(), clocks: Clocks = Clocks()
  ) {
    self.registry = registry
    self.executors = Dictionary(
      executors.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    self.continuer = continuer
    self.patience = patience
    self.clocks = clocks
  }

  /// What one round found out.
  public struct Round: Sendable {
    /// Questions that failed and other things a user should know.
    public var warnings: [String] = []
    /// What was done on the way: submissions finished, runs continued.
    public var notes: [String] = []
    /// Whether every executor with active runs answered.
    public var isComplete = true
    /// The number of runs whose record changed.
    public var changes = 0
    /// The runs that wait as they did, as they were read: nothing of theirs has changed.
    public var waiting: [RunRecord] = []

    /// A round in which nothing was looked at.
    public init(warnings: [String] = []) { self.warnings = warnings }
  }

  /// Looks at the active runs that a filter lets through. Where nothing can be recorded, nobody is asked:
  /// what stands in the registry is what can be shown.
  /// - Parameter submitting: whether what is due is submitted, too.
  public func reconcile(
    _ wanted: RunFilter = RunFilter(), submitting: Bool = true
  ) async throws -> Round {
    guard !registry.isReadOnly else { return unrecorded("nothing can be recorded here") }
    do { return try await lookAndAct(wanted, submitting) } catch let error as RegistryError {
      switch error {
      case .readOnly, .diskFull: return unrecorded("\(error)")
      default: throw error
      }
    }
  }

  private func unrecorded(_ reason: String) -> Round {
    Round(warnings: ["\(reason): what is shown is what was last recorded, and may be out of date"])
  }

  private func lookAndAct(_ wanted: RunFilter, _ submitting: Bool) async throws -> Round {
    var round = Round()
    var done = Continuer.Report()
    try await continuer?.finishAbandoned(submitting: submitting, &done)
    var filter = wanted
    filter.states = (wanted.states ?? RunState.active).filter(\.isActive)
    let runs = try registry.runs(filter)
    // A run that is due has no job any more.
    let handed = runs.filter { $0.state != .created && $0.token != nil && $0.due == nil }
    var groups = Dictionary(grouping: handed, by: { $0.executor ?? "" })
    if try mustLookForRevivals(wanted, runs, groups) { groups[ExecutorName.slurm.rawValue] = [] }
    for (name, group) in groups {
      guard let executor = ExecutorName(rawValue: name).flatMap({ executors[$0] }) else { continue }
      try await look(at: group, through: executor, &round)
    }
    filter.isDue = true
    let due = try registry.runs(filter)
    // Who was cancelled while another process decided that it goes on does not.
    round.changes += try registry.withdraw(due.filter { $0.cancelRequestedAt != nil })
    if submitting { try await continuer?.carryOut(due, &done) }
    round.notes += done.notes
    round.warnings += done.warnings
    round.changes += done.notes.count
    var justEnded = wanted
    justEnded.states = RunState.allCases.filter { !$0.isActive }
    justEnded.endedSince = clocks.wall() - Self.lateness
    // Who was cancelled before it started has written nothing.
    let trained = try registry.runs(justEnded).filter {
      $0.startedAt != nil || $0.state != .cancelled
    }
    round.warnings += try takeInMetrics(of: trained)
    return round
  }

  private func mustLookForRevivals(
    _ wanted: RunFilter, _ active: [RunRecord], _ groups: [String: [RunRecord]]
  ) throws -> Bool {
    let slurm = ExecutorName.slurm.rawValue
    guard groups[slurm] == nil else { return false }
    if active.contains(where: { $0.due != nil && $0.executor == slurm }) { return true }
    if wanted.ids != nil {
      var lately = wanted
      lately.states = RunState.allCases.filter { !$0.isActive }
      lately.endedSince = clocks.wall() - Self.afterglow
      return try registry.runs(lately).contains { $0.executor == slurm }
    }
    return try registry.hasEnd(executor: slurm, since: clocks.wall() - Self.afterglow)
      || hasUnknownSubmissions
  }

  private func look(
    at group: [RunRecord], through executor: any Executor, _ round: inout Round
  ) async throws {
    let observation = await executor.observe(group.map(reference), discovering: true)
    let patience = await patience(with: observation, of: group, executor)
    // Where nothing is active, a cluster that does not answer is no news.
    if !group.isEmpty {
      round.warnings += observation.warnings
      round.isComplete = round.isComplete && observation.isComplete
    }
    try record(observation, of: group, by: executor.name, patience, &round)
    try await revive(observation, executor, &round)
    await endUnwanted(group, observation, executor)
  }

  /// A run's job; where its id is not known and it has started, the claim knows which copy it was.
  private func reference(_ run: RunRecord) -> JobReference {
    var job = JobReference(run)
    if job.jobID == nil, run.state == .unconfirmed { job.jobID = RunFolder(run).claim?.jobID }
    return job
  }

  /// Runs whose end is recorded, or who wait to be submitted anew after one, and whose job is alive again:
  /// Slurm's administrators can requeue what has ended.
  private func revive(
    _ observation: Observation, _ executor: any Executor, _ round: inout Round
  ) async throws {
    let tokens = Set(observation.strangers.map(\.token))
    if tokens.isEmpty { return }
    round.warnings += try wordOfUnknown(observation.strangers)
    let ended = try registry.runs(tokens: tokens).filter { !$0.state.isActive || $0.due != nil }
    if ended.isEmpty { return }
    let second = await executor.observe(ended.map(JobReference.init), discovering: false)
    let alive = Set(
      second.jobs.filter { !$0.phase.isTerminal }
        .map { TaskKey(token: $0.token, index: $0.arrayIndex) })
    let revived = ended.filter { alive.contains(TaskKey($0)) }
    // A job whose token was taken back can never train.
    let isLockedOut = Set(revived.filter { RunFolder($0).claim?.kind == .revoked }.map(\.id))
    let wanted = revived.filter { run in
      !isLockedOut.contains(run.id) || run.due == nil && run.cancelRequestedAt == nil
    }
    try record(second, of: wanted, by: executor.name, patience, &round)
    let useless = revived.filter { isLockedOut.contains($0.id) && $0.cancelRequestedAt != nil }
    if !useless.isEmpty { _ = await executor.cancel(useless.map(JobReference.init)) }
  }

  /// The patience, for a site whose controller forgets ended jobs sooner than others: there a job that is
  /// gone may have been ended by somebody since it was seen last.
  private func patience(
    with observation: Observation, of runs: [RunRecord], _ executor: any Executor
  ) async -> Patience {
    var patience = patience
    guard executor.name == .slurm, observation.isComplete, !observation.hasAccounting,
      runs.contains(where: { $0.missingSince != nil })
    else { return patience }
    let shown = await executor.showsEndedJobsFor()
    patience.endedJobsAreShownFor = min(patience.endedJobsAreShownFor, (shown ?? 0) * 0.8)
    return patience
  }

  /// Ends jobs that were cancelled before anybody knew their id, and were found only now.
  private func endUnwanted(
    _ runs: [RunRecord], _ observation: Observation, _ executor: any Executor
  ) async {
    let wanted = runs.filter { $0.cancelRequestedAt != nil && $0.jobID == nil }
    if wanted.isEmpty { return }
    let live = Dictionary(
      observation.jobs.filter { !$0.phase.isTerminal }.map {
        (TaskKey(token: $0.token, index: $0.arrayIndex), $0.jobID)
      }, uniquingKeysWith: { first, _ in first })
    let unwanted = wanted.compactMap { run -> JobReference? in
      guard let id = live[TaskKey(run)] else { return nil }
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
    for refusal in try MetricsIntake(registry).takeIn(runs).refusals { refusals.add(refusal) }
    return refusals.warnings
  }

  private func record(
    _ observation: Observation, of runs: [RunRecord], by executor: ExecutorName,
    _ patience: Patience, _ round: inout Round
  ) throws {
    var seen = JobFinder(observation.jobs)
    var judge = Judge(
      registry: registry, executor: executor, observation: observation, patience: patience,
      clocks: clocks)
    var copies = JobFinder(observation.copies)
    var updates: [RunUpdate] = []
    var jobs: [JobRow] = []
    var listed: [Int64: String?] = [:]
    var refusals = Refusals()
    var foreign: Set<Int64> = []
    var waiting: [RunRecord] = []
    for run in runs {
      do {
        let job = seen[run] ?? copies[run].flatMap { judge.replacement(of: run, $0) }
        if job?.phase != .pending, let project,
          !project.owns(run.directory, below: project.runsFolder)
        {
          round.warnings += project.ownRuns([run]).warnings
          foreign.insert(run.id)
          if let job { updates.append(judge.wordAlone(of: run, from: job)) }
          continue
        }
        if let job {
          let isWaiting = job.phase == .pending
          if let id = run.submissionID, listed[id] == nil || isWaiting {
            listed[id] = .some(isWaiting ? job.reason : nil)
          }
          // Ten thousand runs that wait as they did cost nothing.
          if isWaiting, run.state == .pending, run.jobID == job.jobID, run.missingSince == nil {
            waiting.append(run)
            continue
          }
          let update = try judge.news(of: run, from: job)
          updates.append(update)
          if update.changesSomething { jobs.append(JobRow(run, job)) }
        } else if observation.isComplete {
          updates.append(try judge.newsOfUnseen(run))
        }
      } catch let error as FileError {
        refusals.add(error)
      }
    }
    // The metrics come first: who is interrupted after them finds the run active once more, and who is
    // interrupted after the end is recorded would never look again. Runs that wait have none, and ten
    // thousand of those would be ten thousand questions to a file server.
    let next = Dictionary(updates.map { ($0.run.id, $0.state) }, uniquingKeysWith: { $1 })
    let trained = runs.filter {
      (next[$0.id] ?? $0.state).mayHaveTrained && !foreign.contains($0.id)
    }
    round.warnings += refusals.warnings + (try takeInMetrics(of: trained))
    round.changes += try registry.apply(updates)
    try registry.record(jobs: jobs)
    try registry.noteSeen(listed)
    round.waiting += waiting.filter { run in
      let reason = run.submissionID.flatMap { listed[$0] ?? nil }
      return reason == nil || reason == run.waitingReason
    }
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

/// Finds the jobs of runs in an executor's answer. It mostly has them in the order in which they were asked
/// for, and ten thousand names need not be hashed then.
private struct JobFinder {
  private let jobs: [JobObservation]
  private var next = 0
  private lazy var byTask = Dictionary(
    jobs.map { (TaskKey(token: $0.token, index: $0.arrayIndex), $0) },
    uniquingKeysWith: { first, _ in first })

  init(_ jobs: [JobObservation]) { self.jobs = jobs }

  /// The job of a run, or `nil`.
  subscript(run: RunRecord) -> JobObservation? {
    mutating get {
      if next < jobs.count, jobs[next].arrayIndex == run.arrayTask, jobs[next].token == run.token {
        next += 1
        return jobs[next - 1]
      }
      return jobs.isEmpty ? nil : byTask[TaskKey(run)]
    }
  }
}

/// What names one task in an executor's answer.
private struct TaskKey: Hashable {
  var token: String
  var index: Int?

  init(token: String, index: Int?) {
    self.token = token
    self.index = index
  }

  init(_ run: RunRecord) { self.init(token: run.token ?? "", index: run.arrayTask) }
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
