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
  public static let afterglow = 86_400.0

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
    /// The executors with active runs that did not answer.
    public var silent: Set<ExecutorName> = []
    /// The executors that did not answer, also where nothing is active: an administrator may have brought runs
    /// back that have ended.
    public var unanswered: Set<ExecutorName> = []
    /// Whether every executor with active runs answered.
    public var isComplete: Bool { silent.isEmpty }
    /// The number of runs whose record changed.
    public var changes = 0
    /// The names of the jobs that Slurm's queue showed; `nil` where it was not asked or did not answer.
    public var listed: Set<String>?
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
    try continuer?.settleAbandoned()
    var filter = wanted
    filter.states = (wanted.states ?? RunState.active).filter(\.isActive)
    var runs = try registry.runs(filter)
    if wanted.ids != nil, try waitForOthers(runs) {
      filter.ids = nil
      runs = try registry.runs(filter)
    }
    // A run that is due has no job any more.
    let handed = runs.filter { $0.state != .created && $0.token != nil && $0.due == nil }
    var groups = Dictionary(grouping: handed, by: { $0.executor ?? "" })
    if try mustLookForRevivals(wanted, runs, groups) { groups[ExecutorName.slurm.rawValue] = [] }
    for (name, group) in groups {
      guard let executor = ExecutorName(rawValue: name).flatMap({ executors[$0] }) else { continue }
      // Where nothing is active, nor waits, and nobody asks for certain runs, silence is no news; nor for one that
      // has completed, which it stays.
      let isNews =
        try !group.isEmpty || runs.contains { $0.due != nil && $0.executor == name }
        || wanted.ids != nil && mayComeBack(wanted, but: .completed)
      let observation = try await look(at: group, isNews: isNews, through: executor, &round)
      if !observation.isComplete {
        done.silent.insert(executor.name)
      } else if executor.name == .slurm {
        done.queue = observation
      }
    }
    let late = try goodEndsSince(wanted)
    // As with any end, the metrics come first.
    round.warnings += try takeInMetrics(of: late.map(\.run))
    round.changes += try registry.apply(late)
    if submitting { try await continuer?.handOverAbandoned(&done) }
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
    // Whoever asks for certain runs is shown their last lines, however long nobody has looked.
    justEnded.endedSince = clocks.wall() - (wanted.ids == nil ? Self.lateness : Self.afterglow)
    // Who was cancelled before it started has written nothing.
    let trained = try registry.runs(justEnded).filter {
      $0.startedAt != nil || $0.state != .cancelled
    }
    round.warnings += try takeInMetrics(of: trained)
    return round
  }

  /// Whether one of these runs is still to be handed over after others: what has become of those decides.
  private func waitForOthers(_ runs: [RunRecord]) throws -> Bool {
    let open = runs.filter { $0.due != nil || $0.state == .submitting || $0.state == .unconfirmed }
    let submissions = Set(open.compactMap(\.submissionID))
    return try registry.submissions(submissions.sorted()).contains { submission in
      submission.recipe.flatMap { try? Recipe($0) }?.dependency != nil
    }
  }

  private func mustLookForRevivals(
    _ wanted: RunFilter, _ active: [RunRecord], _ groups: [String: [RunRecord]]
  ) throws -> Bool {
    let slurm = ExecutorName.slurm.rawValue
    guard groups[slurm] == nil else { return false }
    if active.contains(where: { $0.due != nil && $0.executor == slurm }) { return true }
    if wanted.ids != nil { return try mayComeBack(wanted) }
    return try registry.hasEnd(executor: slurm, since: clocks.wall() - Self.afterglow)
      || hasUnknownSubmissions
  }

  /// Whether some of these runs have ended so lately that an administrator may have brought them back.
  private func mayComeBack(_ wanted: RunFilter, but state: RunState? = nil) throws -> Bool {
    var lately = wanted
    lately.states = RunState.allCases.filter { !$0.isActive && $0 != state }
    lately.endedSince = clocks.wall() - Self.afterglow
    return try registry.runs(lately).contains { $0.executor == ExecutorName.slurm.rawValue }
  }

  private func look(
    at group: [RunRecord], isNews: Bool, through executor: any Executor, _ round: inout Round
  ) async throws -> Observation {
    let observation = await executor.observe(group.map(reference), discovering: true)
    let site = try await site(behind: observation, of: group, executor)
    if isNews {
      round.warnings += observation.warnings
      if !observation.isComplete { round.silent.insert(executor.name) }
    }
    if !observation.isComplete { round.unanswered.insert(executor.name) }
    if executor.name == .slurm, observation.isComplete {
      round.listed = observation.listedTokens
    }
    try record(observation, of: group, by: executor.name, site, &round)
    try await revive(observation, executor, site, &round)
    try await endUnwanted(group, observation, executor, &round)
    return observation
  }

  /// A run's job; where its id is not known and it has started, the claim knows which copy it was.
  private func reference(_ run: RunRecord) -> JobReference {
    var job = JobReference(run)
    if job.jobID == nil, run.state == .unconfirmed { job.jobID = RunFolder(run).claim?.jobID }
    return job
  }

  /// Runs whose end is recorded, or who wait to be submitted anew after one, and whose job is alive again, or
  /// has ended once more since: Slurm's administrators can requeue what has ended.
  private func revive(
    _ observation: Observation, _ executor: any Executor, _ site: Site, _ round: inout Round
  ) async throws {
    let tokens = Set((observation.strangers + observation.endedAgain).map(\.token))
    if tokens.isEmpty { return }
    round.warnings += try wordOfUnknown(observation.strangers)
    let ended = try registry.runs(tokens: tokens).filter { !$0.state.isActive || $0.due != nil }
    if ended.isEmpty { return }
    var shown = JobFinder(observation.alsoShown(of: ended.map(JobReference.init)))
    let revived = ended.filter { run in shown[run].map { isNews($0, of: run) } ?? false }
    var second = observation
    second.jobs = revived.compactMap { shown[$0] }
    (second.copies, second.renamed) = ([], [])
    // A job whose token was taken back can never train.
    let isLockedOut = Set(revived.filter { RunFolder($0).claim?.kind == .revoked }.map(\.id))
    let wanted = revived.filter { run in
      !isLockedOut.contains(run.id) || run.due == nil && run.cancelRequestedAt == nil
    }
    try record(second, of: wanted, by: executor.name, site, &round)
    // A controller that was killed forgets whom it has ended.
    try await endUnwanted(wanted, second, executor, &round, wereEnded: true)
    let useless = try sealed(
      revived.filter { isLockedOut.contains($0.id) && $0.cancelRequestedAt != nil }, &round)
    if !useless.isEmpty { _ = await executor.cancel(useless.map(JobReference.init)) }
  }

  /// Whether a job says more of a run than its recorded end: it lives, or was started after that end.
  private func isNews(_ job: JobObservation, of run: RunRecord) -> Bool {
    if !job.phase.isTerminal { return true }
    guard !run.state.isActive, run.state != .completed, (job.restarts ?? 0) > 0,
      let start = job.startTime, let end = run.endedAt
    else { return false }
    return start >= end
  }

  /// Takes in the metrics of those of these runs whose directories are this project's. One that is gone or
  /// cannot be read must not hide what is known of all the others.
  /// - Parameter ended: the runs whose end is not recorded yet.
  /// - Returns: which could not be read, in words for the user.
  public func takeInMetrics(of runs: [RunRecord], ended: Set<Int64> = []) throws -> [String] {
    var refusals = Refusals()
    for refusal in try MetricsIntake(registry).takeIn(runs.filter(owns), ended: ended).refusals {
      refusals.add(refusal)
    }
    return refusals.warnings
  }

  /// Whether a run's directory is one of this project, and may be touched.
  func owns(_ run: RunRecord) -> Bool {
    project.map { $0.owns(run.directory, below: $0.runsFolder) } ?? true
  }

  private func record(
    _ observation: Observation, of runs: [RunRecord], by executor: ExecutorName,
    _ site: Site, _ round: inout Round
  ) throws {
    var seen = JobFinder(observation.jobs)
    let renamed = try Renamed(observation.renamed, of: runs, in: registry)
    var away = RunsElsewhere(asked: site.cluster)
    var judge = Judge(
      registry: registry, executor: executor, observation: observation,
      patience: site.patience, clocks: clocks)
    var copies = JobFinder(observation.copies)
    var updates: [RunUpdate] = []
    var jobs: [JobRow] = []
    var listed: [Int64: Sighting] = [:]
    var refusals = Refusals()
    var foreign: Set<Int64> = []
    var waiting: [RunRecord] = []
    var unseen: [RunRecord] = []
    for run in runs {
      do {
        var job = seen[run]
        if let shown = job, shown.isFromBooks,
          owns(run) ? judge.doubts(shown, of: run) : judge.doubtsAlone(shown, of: run)
        {
          job = nil
        }
        job = job ?? renamed[run] ?? copies[run].flatMap { judge.replacement(of: run, $0) }
        if job?.phase != .pending, let project, !owns(run) {
          round.warnings += project.ownRuns([run]).warnings
          foreign.insert(run.id)
          if let job {
            updates.append(judge.wordAlone(of: run, from: job))
          } else if observation.isComplete, !away.includes(run) {
            updates.append(judge.absenceAlone(of: run))
          }
          continue
        }
        if let job {
          let isWaiting = job.phase == .pending
          if let id = run.submissionID, listed[id] == nil || isWaiting {
            listed[id] = Sighting(
              reason: isWaiting ? job.reason : nil,
              submitTime: (job.restarts ?? 0) == 0 ? job.submitTime : nil, cluster: site.cluster)
          }
          // Ten thousand runs that wait as they did cost nothing.
          if isWaiting, run.state == .pending, run.jobID == job.jobID, run.missingSince == nil {
            waiting.append(run)
            continue
          }
          let update = try judge.news(of: run, from: job)
          updates.append(update)
          if update.changesSomething { jobs.append(JobRow(run, job)) }
        } else if away.includes(run) {
          continue
        } else if observation.isComplete {
          unseen.append(run)
        }
      } catch let error as FileError {
        refusals.add(error)
      }
    }
    for news in try judge.newsOfUnseen(unseen) {
      switch news {
      case .success(let update): updates.append(update)
      case .failure(let error): refusals.add(error)
      }
    }
    updates = try keepingDependants(updates)
    // The metrics come first: who is interrupted after them finds the run active once more, and who is
    // interrupted after the end is recorded would never look again. Runs that wait have none, and ten
    // thousand of those would be ten thousand questions to a file server.
    let next = Dictionary(updates.map { ($0.run.id, $0.state) }, uniquingKeysWith: { $1 })
    let trained = runs.filter {
      (next[$0.id] ?? $0.state).mayHaveTrained && !foreign.contains($0.id)
    }
    let ended = Set(trained.lazy.map(\.id).filter { next[$0]?.isActive == false })
    round.warnings +=
      refusals.warnings + away.warnings + (try takeInMetrics(of: trained, ended: ended))
    // One such run must not keep the others from being recorded.
    let possible = updates.filter { $0.run.state.canBecome($0.state) }
    round.warnings += updates.filter { !$0.run.state.canBecome($0.state) }.map { update in
      "\(update.run.name) is recorded as \(update.run.state.rawValue) and looks like "
        + "\(update.state.rawValue) now; its record was left as it is"
    }
    round.changes += try registry.apply(possible)
    try registry.record(jobs: jobs)
    try registry.noteSeen(listed)
    round.waiting += waiting.filter { run in
      let reason = run.submissionID.flatMap { listed[$0]?.reason }
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
