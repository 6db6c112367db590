import Foundation
import Registry
import RunContract
import Scheduler

/// What a run's directory says of a run that the executor does not show.
extension Judge {
  /// What the run directories say of runs that the executor does not show. Several are looked at at a time: ten
  /// thousand tasks that are cancelled while they wait are as many tokens to be taken back on disk.
  /// - Throws: what is not the matter of one directory.
  func newsOfUnseen(_ runs: [RunRecord]) throws -> [Result<RunUpdate, FileError>] {
    try inParallel(runs) { part in
      var judge = self
      return try part.map { run in
        do { return .success(try judge.newsOfUnseen(run)) } catch let error as FileError {
          return .failure(error)
        }
      }
    }
  }

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
      update.startedAt = run.startedAt ?? claim?.time
      if let claim, try wasWaiting(run, since: record, folder) {
        return try goneWhileRequeued(update, record, claim, folder)
      }
      return try ended(update, record, folder)
    }
    if let claim, claim.kind == .revoked { return takenBack(update, claim) }
    let isUnlisted = "no longer listed by \(executor.rawValue)"
    let beats = "\(isUnlisted), yet its heartbeat is fresh"
    if claim != nil, let age = folder.heartbeatAge, age < Self.freshHeartbeat {
      update.state = .running
      update.startedAt = run.startedAt ?? claim?.time
      update.reason = beats
      (update.missingSince, update.missingClock) = (nil, nil)
      return update
    }
    if run.reason == beats { update.reason = "\(isUnlisted), and its heartbeat has stopped" }
    let why = claim == nil ? nil : folder.whySlurmEndedIt
    if let claim, let end = runEnd(why, record: nil) {
      update.startedAt = run.startedAt ?? claim.time
      (update.missingSince, update.missingClock) = (nil, nil)
      try conclude(
        &update, end, askedAgain: folder.asksToGoOn, endedAt: clocks.wall(), folder)
      return update
    }
    if let claim, why == .cancelled {
      // Its script was killed before it could leave a record.
      (update.state, update.reason, update.endedAt) = (.cancelled, nil, clocks.wall())
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
    if let silence = silence(of: &update) { try judgeSilence(&update, silence, claim) }
    return update
  }

  /// For how many seconds nobody has shown a run; `nil` where that begins now, which is noted.
  func silence(of update: inout RunUpdate) -> Double? {
    guard let since = update.run.missingSince, update.run.missingClock != Self.unheard else {
      update.missingSince = clocks.wall()
      update.missingClock = clocks.boot().text
      return nil
    }
    return clocks.elapsed(
      sinceWall: since, boot: update.run.missingClock.flatMap(BootMoment.init))
  }

  /// The end that a start recorded of itself, where no word of Slurm's on that start is left but the one in the
  /// job's log.
  /// - Parameter isRestarted: whether Slurm had the job started once more after that start, in vain.
  mutating func ended(
    _ known: RunUpdate, _ record: ExitRecord, _ folder: RunFolder, isRestarted: Bool = false
  ) throws -> RunUpdate {
    var update = known
    let why = record.code == 0 ? nil : folder.whySlurmEndedIt
    let end = runEnd(why, record: record) ?? runEnd(exitCode: record.code, record: record)
    let wasEndedByHand = why == .cancelled
    guard wasEndedByHand || saysEnough(end, of: update.run) else {
      return unjudged(RunUpdate(update.run))
    }
    update.exitCode = record.code
    (update.missingSince, update.missingClock) = (nil, nil)
    // Who failed before the wish was not ended by it.
    let isWished = (update.run.cancelRequestedAt ?? .infinity) < record.time + 1
    if end.state == .failed && isWished || wasEndedByHand {
      (update.state, update.reason, update.endedAt) = (.cancelled, nil, record.time)
      return update
    }
    // Who was to be started once more by a controller that has forgotten it goes on all the same.
    let isSlurmsMatter = why == .nodeFailure || why == .preempted
    let goesOn = why == .requeued || asksAgain(record, nil) || isRestarted && isSlurmsMatter
    try conclude(&update, end, askedAgain: goesOn, endedAt: record.time, folder)
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
  func unjudged(_ known: RunUpdate) -> RunUpdate {
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
    let claim = try Claim.revoke(
      runDirectory: update.run.directory, token: token, sequel: .cancelled)
    SubmissionStep.revoked.reached()
    if let claim, known == nil || abs(clocks.wall() - (claim.time ?? 0)) < Self.freshClaim {
      return started(&update, claim)
    }
    update.state = .cancelled
    update.endedAt = clocks.wall()
    update.reason = reason
    (update.missingSince, update.missingClock) = (nil, nil)
  }

  /// Whether other tasks of a run's array are still in the queue, which then has forgotten nothing.
  func isOfAListedArray(_ run: RunRecord) -> Bool {
    run.isArray && observation.listedTokens.contains(run.token ?? "")
  }

  /// Seconds of silence after which a run that waited has an end.
  func patience(with run: RunRecord) -> Double {
    isOfAListedArray(run) ? patience.vanishedTaskAfter : patience.grace(of: executor)
  }

  private mutating func judgeSilence(
    _ update: inout RunUpdate, _ silence: Double, _ claim: Claim?
  ) throws {
    let run = update.run
    guard claim == nil, executor == .slurm else {
      if silence >= patience.grace(of: executor) { try vanished(&update) }
      return
    }
    if run.state == .unconfirmed {
      if silence >= patience.resubmitAfter { try takeBack(&update) }
    } else if silence < patience(with: run) {
      return
    } else if RunFolder(run).hasStartedByItsLog {
      try giveUp(&update)
    } else if let words = RunFolder(run).lastWordsBeforeItsClaim {
      try neverClaimed(&update, words)
    } else if RunFolder(run).whySlurmEndedIt == .cancelled {
      try endCancelled(&update)
    } else if isOfAListedArray(run) {
      try endCancelled(&update, reason: "cancelled while it waited, outside of orchestrate")
    } else if try wasForgotten(run) {
      try takeBack(&update)
    } else {
      try giveUp(&update)
    }
  }

  /// A run whose job did start, and ended before it could claim the run: what it wrote into its log is all that
  /// is left of it.
  private mutating func neverClaimed(_ update: inout RunUpdate, _ words: String) throws {
    guard let token = update.run.token else { return }
    let claim = try Claim.revoke(runDirectory: update.run.directory, token: token)
    SubmissionStep.revoked.reached()
    (update.missingSince, update.missingClock) = (nil, nil)
    if let claim { return started(&update, claim) }
    let end = RunEnd(
      state: .failed, reason: "ended before it claimed its run: nothing was trained; \(words)",
      wasNotLaunched: true)
    try conclude(
      &update, end, askedAgain: false, endedAt: clocks.wall(), RunFolder(update.run))
  }

  /// Whether the controller forgot a job that it had accepted: a job that had ended, or was cancelled,
  /// would still be listed for a while, or be in accounting.
  mutating func wasForgotten(_ run: RunRecord) throws -> Bool {
    // Of a task that was cancelled while it waited the books may have nothing but its array's other tasks.
    let mayBeTold = run.isArray && observation.knownTokens.contains(run.token ?? "")
    if observation.hasAccounting, !mayBeTold { return true }
    // Whoever gave it an id had it, too.
    let accepted = run.jobID == nil ? nil : run.submittedAt
    guard let seen = try facts(of: run).seenAt ?? accepted, let missing = run.missingSince else {
      return false
    }
    // Where the clock was set back since, nobody knows how long it has been; hosts may differ by seconds.
    let silence = missing - seen
    return silence > -5 && silence < patience.endedJobsAreShownFor
  }

  /// A run that nobody showed and that started this very moment.
  func started(_ update: inout RunUpdate, _ claim: Claim) {
    (update.state, update.reason) = (.running, nil)
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
    if executor == .slurm, folder.asksToGoOn {
      let end = runEnd(exitCode: Int(TrainerExit.runAgain.rawValue))
      try conclude(&update, end, askedAgain: true, endedAt: clocks.wall(), folder)
      (update.missingSince, update.missingClock) = (nil, nil)
      return
    }
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
    let claim = try Claim.revoke(runDirectory: run.directory, token: token, sequel: .lost)
    SubmissionStep.revoked.reached()
    update.state = .lost
    update.endedAt = clocks.wall()
    update.reason =
      claim == nil && RunFolder(run).hasStartedByItsLog
      ? "started by its job's log, and its directory knows nothing of it: was that removed?"
      : claim == nil
        ? "left no trace and \(RunFolder(run).owner == nil ? "never started" : "did not start again"); its token was "
          + "taken back, so it may be submitted again"
        : "started, then vanished without a word: no record of its end"
  }
}
