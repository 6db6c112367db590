import Foundation
import Registry
import RunContract
import Scheduler

/// Decides, run by run, what one look at an executor and at the run's directory means.
struct Judge {
  let registry: Registry
  let executor: ExecutorName
  let observation: Observation
  let patience: Patience
  let clocks: Clocks
  private var recipes: [Int64: (recipe: Recipe?, seenAt: Double?)] = [:]

  init(
    registry: Registry, executor: ExecutorName, observation: Observation, patience: Patience,
    clocks: Clocks
  ) {
    self.registry = registry
    self.executor = executor
    self.observation = observation
    self.patience = patience
    self.clocks = clocks
  }

  /// A heartbeat this young shows a trainer at work, whatever the scheduler says.
  static let freshHeartbeat = 6.0 * Double(RunFile.heartbeatInterval)

  // MARK: What an executor shows

  /// What an executor's answer says of a run.
  mutating func news(of run: RunRecord, from shown: JobObservation) throws -> RunUpdate {
    var job = shown
    var update = RunUpdate(run)
    update.missingSince = nil
    update.missingClock = nil
    if job.jobID > 0 { update.jobID = job.jobID }
    // The directories of ten thousand runs that wait are left alone.
    let folder = RunFolder(run)
    let record = job.phase.isTerminal ? folder.exitRecord : nil
    if let record {
      date(&job, back: record, folder)
      job.takeExitCode(of: record)
    }
    if let end = goodEnd(of: run, beside: job, folder) { return trained(update, job, at: end) }
    if let record = endThatSlurmMissed(of: job, folder) {
      // It may be recorded already, and shown as before.
      guard run.state.isActive, run.due == nil else { return RunUpdate(run) }
      update.nodes = job.nodes ?? run.nodes
      update.startedAt = job.startTime ?? run.startedAt
      return try ended(update, record, folder)
    }
    guard
      var end = runEnd(
        of: job, record: record,
        hasStarted: job.phase == .failed && (folder.claim != nil || folder.hasStartedByItsLog))
    else { return update }
    if let word = wordOfTheEnd(instead: end, record, folder) {
      return trained(update, job, at: word.time)
    }
    let isKilled = job.signal == Int(SIGKILL) || job.exitCode == 128 + Int(SIGKILL)
    if end.state == .failed, isKilled, record == nil, folder.slurmSaysOutOfMemory {
      end = outOfMemoryEnd
    }
    if end.state.isActive {
      update.state = end.state
      if run.due == .goOn {
        // An administrator was faster: it goes on under its old token.
        update.restarts = max(0, run.restarts - 1 - (folder.claim?.restart ?? 0))
      }
      update.due = nil
      // Why a run waits is kept once for its whole submission.
      update.reason = end.state == .pending ? nil : end.reason
      update.nodes = job.nodes ?? run.nodes
      if end.state != .pending { update.startedAt = job.startTime ?? run.startedAt }
      update.endedAt = nil
      update.exitCode = nil
      update.signal = nil
      return update
    }
    update.nodes = job.nodes ?? run.nodes
    update.startedAt = job.startTime ?? run.startedAt
    update.exitCode = job.exitCode(ofEnd: end.state) ?? record?.code
    update.signal = job.signal.flatMap { $0 > 0 ? $0 : nil }
    let code = job.exitCode ?? record?.code
    let refusal = Int(TrainerExit.claimRefused.rawValue)
    if end.state == .failed, code == refusal, record?.code != refusal {
      // A controller that was killed had Slurm start the job once more, in vain; how the start before that one
      // ended is in its record.
      guard let record else { return try refused(update, job, folder) }
      update.signal = nil
      return try ended(update, record, folder, isRestarted: true)
    }
    if end.state == .failed || end.state == .nodeFailed, let record,
      job.restarts ?? 0 > record.restart, (job.signal ?? 0) > 0 || job.exitCode == 1,
      folder.whySlurmEndedIt != .cancelled
    {
      // Slurm speaks of a start that it could not launch, or killed, before it claimed the run: the record is that of
      // the one before it. (A script that refuses to begin says why by another status.)
      (update.exitCode, update.signal) = (nil, nil)
      let end = RunEnd(
        state: .nodeFailed,
        reason: "Slurm started it once more, and it ended before it claimed the run",
        wasNotLaunched: true)
      try conclude(
        &update, end, askedAgain: asksAgain(record, nil),
        endedAt: job.endTime ?? clocks.wall(), folder)
      return update
    }
    if end.state == .failed, wasToldToEnd(job, code), let why = folder.whySlurmEndedIt,
      why != .otherwise
    {
      // So has a controller that was killed forgotten why the job ended.
      update.endedAt = job.endTime ?? record?.time ?? clocks.wall()
      if why == .cancelled {
        (update.state, update.reason) = (.cancelled, nil)
      } else {
        let asks = why == .requeued || asksAgain(record, code)
        try conclude(
          &update, runEnd(why, record: record) ?? end, askedAgain: asks,
          endedAt: update.endedAt ?? clocks.wall(), folder)
      }
      return update
    }
    // A directory that is gone, or cannot be read, says nothing of a start that the job's log knows.
    if end.state == .failed, record == nil, folder.claim == nil, !folder.hasStartedByItsLog {
      end.reason =
        (end.reason.map { "\($0); " } ?? "")
        + "ended before it claimed its run: nothing was trained"
      end.wasNotLaunched = !end.isFinal
    }
    if end.state != .completed, let copy = otherCopy(of: job, folder, lockingOut: end.state) {
      return adopted(update, copy, insteadOf: job)
    }
    let endedAt = job.endTime ?? record?.time ?? run.endedAt ?? clocks.wall()
    let asks = asksAgain(record, code) || record == nil && folder.asksToGoOn
    try conclude(&update, end, askedAgain: asks, endedAt: endedAt, folder)
    return update
  }

  /// What an executor's word alone says of a run whose directory is not to be touched. Any end but a good
  /// one, or one that somebody wished, may be none: whether the run goes on stands in its directory.
  func wordAlone(of run: RunRecord, from job: JobObservation) -> RunUpdate {
    var update = RunUpdate(run)
    guard var end = runEnd(of: job, record: nil) else { return update }
    if let wish = run.cancelRequestedAt, !end.state.isActive, end.state != .completed {
      // Who wished its end after that is not told for ever that it may go on.
      let isLate = wish >= (job.endTime ?? .infinity) + 1
      end = RunEnd(
        state: .cancelled,
        reason: isLate
          ? "its job had ended (\(end.state.rawValue)); its directory is not of this project" : nil)
    }
    guard
      end.state.isActive || end.state == .completed || end.state == .cancelled && !end.wasPreempted
    else { return update }
    (update.missingSince, update.missingClock) = (nil, nil)
    update.state = end.state
    update.reason = end.state == .pending ? nil : end.reason
    update.nodes = job.nodes ?? run.nodes
    if end.state != .pending { update.startedAt = job.startTime ?? run.startedAt }
    if !end.state.isActive {
      update.endedAt = job.endTime ?? clocks.wall()
      update.exitCode = job.exitCode(ofEnd: end.state)
      update.signal = job.signal
    }
    return update
  }

  /// What is said of a run whose directory is not to be touched and that nobody shows any more: where somebody
  /// wished its end, it is over.
  func absenceAlone(of run: RunRecord) -> RunUpdate {
    var update = RunUpdate(run)
    guard run.cancelRequestedAt != nil, observation.accounting != .failed,
      let silence = silence(of: &update), silence >= patience.grace(of: executor)
    else { return update }
    (update.state, update.endedAt) = (.cancelled, clocks.wall())
    update.reason = "Slurm has it no more; its directory is not of this project"
    (update.missingSince, update.missingClock) = (nil, nil)
    return update
  }

  func asksAgain(_ record: ExitRecord?, _ code: Int?) -> Bool {
    let runAgain = Int(TrainerExit.runAgain.rawValue)
    return record?.code == runAgain || code == runAgain
  }

  /// Whether a job ended as those do that Slurm tells to: by its signals, or asking to be run again.
  private func wasToldToEnd(_ job: JobObservation, _ code: Int?) -> Bool {
    let signals = [Int(SIGTERM), Int(SIGKILL)]
    let codes = signals.map { 128 + $0 } + [Int(TrainerExit.runAgain.rawValue)]
    return code.map(codes.contains) == true || job.signal.map(signals.contains) == true
  }

  /// Writes down an end, or that the run goes on after it.
  mutating func conclude(
    _ update: inout RunUpdate, _ end: RunEnd, askedAgain: Bool, endedAt: Double,
    _ folder: RunFolder
  ) throws {
    let run = update.run
    let isWished = run.cancelRequestedAt.map { $0 < endedAt + 1 } ?? false
    var next = Aftermath(state: end.state, reason: end.reason)
    if isWished, askedAgain || end.wasPreempted {
      next = Aftermath(state: .cancelled)
    } else if !isWished {
      let recipe = try facts(of: run).recipe
      let restarts = run.restarts + (folder.claim?.restart ?? 0)
      next = StartHistory(
        restarts: restarts, retry: recipe?.retry ?? .none,
        memory: memory(of: run, recipe)
      ).aftermath(of: end, askedAgain: askedAgain)
      if next.due == .goOn { update.restarts = restarts + 1 }
    }
    update.state = next.state
    update.reason = next.reason
    update.due = next.due
    update.endedAt = next.due == nil ? endedAt : nil
    if !next.overrides.isEmpty { update.overrides = merged(run, next.overrides) }
  }

  private func memory(of run: RunRecord, _ recipe: Recipe?) -> String? {
    overrides(of: run)["mem"] ?? recipe?.value(of: "mem")
  }

  private func overrides(of run: RunRecord) -> [String: String] {
    Recipe.overrides(run.overridesJSON)
  }

  private func merged(_ run: RunRecord, _ more: [String: String]) -> String {
    JSONValue.object(
      overrides(of: run).merging(more) { $1 }.mapValues { .string($0) }
    ).canonical
  }

  /// What is known of a run's submission; read once, and only for runs that need it.
  mutating func facts(of run: RunRecord) throws -> (recipe: Recipe?, seenAt: Double?) {
    guard let id = run.submissionID else { return (nil, nil) }
    if let known = recipes[id] { return known }
    let record = try registry.submissions([id]).first
    let facts = (recipe: try? record?.recipe.map(Recipe.init), seenAt: record?.seenAt)
    recipes[id] = facts
    return facts
  }

  /// The job that trains the run in the place of one that has ended: the same script was submitted twice.
  /// Where nobody has claimed the run, nobody will: an end that is recorded must not be followed by a start
  /// that nobody looks for. (Of what was cancelled while it waited there may be ten thousand.)
  private func otherCopy(
    of job: JobObservation, _ folder: RunFolder, lockingOut end: RunState
  ) -> Int? {
    var claim = folder.claim
    if claim == nil, end != .cancelled, let token = folder.run.token {
      // A directory that takes no claim takes none of a copy either.
      claim = try? Claim.revoke(runDirectory: folder.run.directory, token: token)
    }
    guard let claim, claim.kind == .claim, let id = claim.jobID, id != job.jobID else { return nil }
    return id
  }

  private func adopted(
    _ update: RunUpdate, _ id: Int, insteadOf job: JobObservation
  ) -> RunUpdate {
    var update = update
    update.jobID = id
    update.state = .running
    update.reason = "job \(id) claimed it before job \(job.jobID)"
    update.exitCode = nil
    update.signal = nil
    update.endedAt = nil
    return update
  }

  /// A job that was refused its claim has trained nothing; the claim says who does.
  private mutating func refused(
    _ update: RunUpdate, _ job: JobObservation, _ folder: RunFolder
  ) throws -> RunUpdate {
    var update = update
    guard let claim = folder.claim else { return try plainRefusal(update, folder) }
    if claim.kind == .revoked { return takenBack(update, claim) }
    if let id = claim.jobID, id != job.jobID { return adopted(update, id, insteadOf: job) }
    // The start before this one, under another token, still has the directory.
    if let age = folder.heartbeatAge, age < Self.freshHeartbeat {
      update.state = .running
      update.reason = "the start before this one still trains"
      update.exitCode = nil
      return update
    }
    if let record = folder.lastRecord {
      let end = runEnd(exitCode: record.code, record: record)
      update.exitCode = record.code
      try conclude(
        &update, end, askedAgain: asksAgain(record, nil), endedAt: record.time, folder)
      return update
    }
    return try plainRefusal(update, folder)
  }

  /// Refused by a start that is gone without a word: the run goes on, as after any interruption.
  private mutating func plainRefusal(
    _ update: RunUpdate, _ folder: RunFolder
  ) throws -> RunUpdate {
    var update = update
    let end = runEnd(exitCode: Int(TrainerExit.claimRefused.rawValue))
    try conclude(&update, end, askedAgain: true, endedAt: clocks.wall(), folder)
    return update
  }

  /// A run whose token was taken back by somebody who could not finish: it waits for another one.
  func takenBack(_ update: RunUpdate, _ claim: Claim) -> RunUpdate {
    var update = update
    if update.run.cancelRequestedAt != nil || claim.sequel != nil {
      update.state = claim.sequel == .lost ? .lost : .cancelled
      update.reason = claim.sequel == .lost ? "left no trace; its token was taken back" : nil
      update.endedAt = clocks.wall()
      return update
    }
    let hasStarted = claim.generation > 0
    update.state = hasStarted ? .requeued : .unconfirmed
    update.due = hasStarted ? .goOn : .resubmit
    update.reason = "its token was taken back; it is submitted anew"
    update.exitCode = nil
    update.signal = nil
    update.endedAt = nil
    return update
  }

  /// A job under the run's token that takes the place of one that nobody shows: where that one has not
  /// started the run, or is not the one that has. The id may have been wrong from the beginning.
  func replacement(of run: RunRecord, _ copy: JobObservation) -> JobObservation? {
    guard let claim = RunFolder(run).claim else { return copy }
    return claim.kind == .claim && claim.jobID == copy.jobID ? copy : nil
  }
}
