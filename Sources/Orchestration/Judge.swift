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
    if let record { date(&job, back: record, folder.claim) }
    if let end = goodEnd(of: run, beside: job, folder) { return trained(update, job, at: end) }
    guard var end = runEnd(of: job, record: record) else { return update }
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
    update.exitCode = job.exitCode ?? record?.code
    update.signal = job.signal.flatMap { $0 > 0 ? $0 : nil }
    let code = job.exitCode ?? record?.code
    if end.state == .failed, record == nil, code == Int(TrainerExit.claimRefused.rawValue) {
      return try refused(update, job, folder)
    }
    if end.state == .failed, record == nil, folder.claim == nil {
      end.reason =
        (end.reason.map { "\($0); " } ?? "")
        + "ended before it claimed its run: nothing was trained"
      end.wasNotLaunched = !end.isFinal
    }
    if end.state != .completed, let copy = otherCopy(of: job, folder, lockingOut: end.state) {
      return adopted(update, copy, insteadOf: job)
    }
    let endedAt = job.endTime ?? record?.time ?? run.endedAt ?? clocks.wall()
    try conclude(&update, end, askedAgain: asksAgain(record, code), endedAt: endedAt, folder)
    return update
  }

  /// What an executor's word alone says of a run whose directory is not to be touched. Any end but a good
  /// one, or one that somebody wished, may be none: whether the run goes on stands in its directory.
  func wordAlone(of run: RunRecord, from job: JobObservation) -> RunUpdate {
    var update = RunUpdate(run)
    guard let end = runEnd(of: job, record: nil),
      end.state.isActive || end.state == .completed || end.state == .cancelled && !end.wasPreempted
    else { return update }
    (update.missingSince, update.missingClock) = (nil, nil)
    update.state = end.state
    update.reason = end.state == .pending ? nil : end.reason
    update.nodes = job.nodes ?? run.nodes
    if end.state != .pending { update.startedAt = job.startTime ?? run.startedAt }
    if !end.state.isActive {
      update.endedAt = job.endTime ?? clocks.wall()
      update.exitCode = job.exitCode
      update.signal = job.signal
    }
    return update
  }

  private func asksAgain(_ record: ExitRecord?, _ code: Int?) -> Bool {
    let runAgain = Int(TrainerExit.runAgain.rawValue)
    return record?.code == runAgain || code == runAgain
  }

  /// Writes down an end, or that the run goes on after it.
  private mutating func conclude(
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
    run.overridesJSON.flatMap { try? JSONValue(parsing: $0).object }?.compactMapValues(\.string)
      ?? [:]
  }

  private func merged(_ run: RunRecord, _ more: [String: String]) -> String {
    JSONValue.object(
      overrides(of: run).merging(more) { $1 }.mapValues { .string($0) }
    ).canonical
  }

  /// What is known of a run's submission; read once, and only for runs that need it.
  private mutating func facts(of run: RunRecord) throws -> (recipe: Recipe?, seenAt: Double?) {
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
  private func takenBack(_ update: RunUpdate, _ claim: Claim) -> RunUpdate {
    var update = update
    if update.run.cancelRequestedAt != nil {
      update.state = .cancelled
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

  // MARK: What nobody shows

  /// What the run directory says of a run that the executor does not show.
  mutating func newsOfUnseen(_ run: RunRecord) throws -> RunUpdate {
    var update = RunUpdate(run)
    // Somebody may be submitting it this very moment; who is gone is found by the continuer.
    if run.state == .submitting { return update }
    let folder = RunFolder(run)
    let claim = folder.claim
    // The start itself knows best which job it is.
    if let claim, claim.kind == .claim, let id = claim.jobID { update.jobID = id }
    if let record = folder.exitRecord ?? folder.endByTheRanks {
      let end = runEnd(exitCode: record.code, record: record)
      let why = record.code == 0 ? nil : folder.whySlurmEndedIt
      let wasEndedByHand = why == .cancelled
      guard wasEndedByHand || saysEnough(end, of: run) else { return unjudged(update) }
      update.exitCode = record.code
      update.startedAt = run.startedAt ?? claim?.time
      (update.missingSince, update.missingClock) = (nil, nil)
      // Who failed before the wish was not ended by it.
      let isWished = (run.cancelRequestedAt ?? .infinity) < record.time + 1
      if end.state == .failed && isWished || wasEndedByHand {
        update.state = .cancelled
        update.endedAt = record.time
        return update
      }
      // Who was to be started once more by a controller that has forgotten it goes on all the same.
      let goesOn = why == .requeued || asksAgain(record, nil)
      try conclude(&update, end, askedAgain: goesOn, endedAt: record.time, folder)
      return update
    }
    if let claim, claim.kind == .revoked { return takenBack(update, claim) }
    if claim != nil, let age = folder.heartbeatAge, age < Self.freshHeartbeat {
      update.state = .running
      update.startedAt = run.startedAt ?? claim?.time
      update.reason = "no longer listed by \(executor.rawValue), yet its heartbeat is fresh"
      (update.missingSince, update.missingClock) = (nil, nil)
      return update
    }
    if let claim, folder.whySlurmEndedIt == .cancelled {
      // Its script was killed before it could leave a record.
      (update.state, update.endedAt) = (.cancelled, clocks.wall())
      update.startedAt = run.startedAt ?? claim.time
      (update.missingSince, update.missingClock) = (nil, nil)
      return update
    }
    // A start that was cancelled and left no word has an end in the books, which may be another one.
    if claim != nil, observation.accounting == .failed { return unjudged(update) }
    if run.cancelRequestedAt != nil {
      try endCancelled(&update, knowing: claim)
      return update
    }
    if observation.accounting == .failed { return unjudged(update) }
    guard let since = run.missingSince, run.missingClock != Self.unheard else {
      update.missingSince = clocks.wall()
      update.missingClock = clocks.boot().text
      return update
    }
    let silence = clocks.elapsed(
      sinceWall: since, boot: run.missingClock.flatMap(BootMoment.init))
    try judgeSilence(&update, silence, claim)
    return update
  }

  /// Stands for the clock of a silence in which the books could not be read: it begins anew when they can.
  private static let unheard = "unheard"

  /// Seconds after which nobody waits for books any more that cannot be read.
  private static let longestPatienceWithBooks = 3600.0

  /// Whether what a script recorded is an end whatever the books say, where they cannot be read: one that
  /// was cancelled asks to go on, or fails by a signal, as others do for reasons of their own.
  private func saysEnough(_ end: RunEnd, of run: RunRecord) -> Bool {
    observation.accounting != .failed || run.cancelRequestedAt != nil
      || end.state == .completed || end.state == .diverged || end.isFinal
      || clocks.wall() - (run.missingSince ?? .infinity) > Self.longestPatienceWithBooks
  }

  /// A run that nobody shows while the books cannot be read: nothing is concluded. That it is missing is
  /// noted, for nobody must wait for a job that may be forgotten.
  private func unjudged(_ known: RunUpdate) -> RunUpdate {
    var update = known
    update.missingSince = known.run.missingSince ?? clocks.wall()
    update.missingClock = Self.unheard
    return update
  }

  /// Seconds after a claim within which its trainer may not have shown yet that it lives.
  private static let freshClaim = 15.0

  /// A run that was cancelled and is gone: Slurm forgets a waiting array task at once, so nobody but
  /// the claim can say that it never started, and taking the claim makes it so.
  /// - Parameter known: the claim that stood when the run's directory was looked at.
  private func endCancelled(
    _ update: inout RunUpdate, knowing known: Claim? = nil, reason: String? = nil
  ) throws {
    guard let token = update.run.token else { return }
    let claim = try Claim.revoke(runDirectory: update.run.directory, token: token)
    if let claim, known == nil || abs(clocks.wall() - (claim.time ?? 0)) < Self.freshClaim {
      return started(&update, claim)
    }
    update.state = .cancelled
    update.endedAt = clocks.wall()
    update.reason = reason
    (update.missingSince, update.missingClock) = (nil, nil)
  }

  private mutating func judgeSilence(
    _ update: inout RunUpdate, _ silence: Double, _ claim: Claim?
  ) throws {
    let run = update.run
    let grace = patience.grace(of: executor)
    guard claim == nil, executor == .slurm else {
      if silence >= grace { try vanished(&update) }
      return
    }
    if run.state == .unconfirmed {
      if silence >= patience.resubmitAfter { try takeBack(&update) }
    } else if observation.knownTokens.contains(run.token ?? ""), run.isArray {
      if silence >= patience.vanishedTaskAfter {
        try endCancelled(&update, reason: "cancelled while it waited, outside of orchestrate")
      }
    } else if silence >= grace {
      if try wasForgotten(run) { try takeBack(&update) } else { try giveUp(&update) }
    }
  }

  /// Whether the controller forgot a job that it had accepted: a job that had ended, or was cancelled,
  /// would still be listed for a while, or be in accounting.
  private mutating func wasForgotten(_ run: RunRecord) throws -> Bool {
    if observation.hasAccounting { return true }
    // Whoever gave it an id had it, too.
    let accepted = run.jobID == nil ? nil : run.submittedAt
    guard let seen = try facts(of: run).seenAt ?? accepted, let missing = run.missingSince else {
      return false
    }
    return missing - seen < patience.endedJobsAreShownFor
  }

  /// A run that nobody showed and that started this very moment.
  private func started(_ update: inout RunUpdate, _ claim: Claim) {
    update.state = .running
    update.jobID = claim.jobID ?? update.jobID
    update.startedAt = claim.time
    (update.missingSince, update.missingClock) = (nil, nil)
  }

  /// Takes the token back of a run that never started; it is submitted anew.
  private func takeBack(_ update: inout RunUpdate) throws {
    guard let token = update.run.token else { return }
    let claim = try Claim.revoke(runDirectory: update.run.directory, token: token)
    SubmissionStep.revoked.reached()
    (update.missingSince, update.missingClock) = (nil, nil)
    if let claim { return started(&update, claim) }
    update.state = .unconfirmed
    update.due = .resubmit
    update.reason = "left no trace; its token was taken back, and it is submitted anew"
  }

  /// A run that had started and is gone without a word: as after the failure of a node.
  private mutating func vanished(_ update: inout RunUpdate) throws {
    let run = update.run
    let folder = RunFolder(run)
    let mayHaveBegun = folder.mayHaveBegun
    guard executor == .slurm,
      try !mayHaveBegun || facts(of: run).recipe?.retry.nodeFailure == true
    else { return try giveUp(&update) }
    let end = RunEnd(
      state: .nodeFailed,
      reason: "vanished \(mayHaveBegun ? "without a word" : "before Slurm launched its trainer")",
      wasNotLaunched: !mayHaveBegun)
    try conclude(&update, end, askedAgain: false, endedAt: clocks.wall(), folder)
    (update.missingSince, update.missingClock) = (nil, nil)
  }

  /// Gives a run up that left no trace, after its token was taken back: a job that turns up later
  /// finds its claim taken and trains nothing.
  private func giveUp(_ update: inout RunUpdate) throws {
    let run = update.run
    guard let token = run.token else { return }
    let claim = try Claim.revoke(runDirectory: run.directory, token: token)
    update.state = .lost
    update.endedAt = clocks.wall()
    update.reason =
      claim == nil
      ? "left no trace and never started; its token was taken back, so it may be submitted again"
      : "started, then vanished without a word: no record of its end"
  }
}
