import Registry
import RunContract
import Scheduler

/// Runs that waited in the queue to be started once more, and are gone from it.
extension Judge {
  /// Whether Slurm held the run for its next start after the start that left this record: the job's log says that
  /// it was requeued, or the queue showed it waiting.
  mutating func wasWaiting(
    _ run: RunRecord, since record: ExitRecord, _ folder: RunFolder
  ) throws -> Bool {
    guard executor == .slurm, run.due == nil, record.code != 0 else { return false }
    let why = folder.whySlurmEndedIt
    if why == .requeued { return true }
    guard run.state == .requeued, asksAgain(record, nil) || why == .preempted,
      let seen = try facts(of: run).seenAt
    else { return false }
    return seen >= record.time
  }

  /// Somebody cancelled it while it waited, or the controller has forgotten it: no later start has claimed it.
  mutating func goneWhileRequeued(
    _ known: RunUpdate, _ record: ExitRecord, _ claim: Claim, _ folder: RunFolder
  ) throws -> RunUpdate {
    var update = known
    let run = update.run
    if observation.accounting == .failed { return unjudged(update) }
    // Books would show who was cancelled.
    if observation.hasAccounting || run.cancelRequestedAt != nil {
      return try ended(update, record, folder)
    }
    guard let silence = silence(of: &update) else { return update }
    guard silence >= patience(with: run) else { return update }
    let isTask = isOfAListedArray(run)
    if !isTask, try wasForgotten(run) { return try ended(update, record, folder) }
    guard let token = run.token else { return update }
    let other = try Claim.supersede(
      runDirectory: run.directory, token: token, after: claim, sequel: isTask ? .cancelled : .lost)
    SubmissionStep.revoked.reached()
    (update.missingSince, update.missingClock) = (nil, nil)
    if let other {
      started(&update, other)
      return update
    }
    update.state = isTask ? .cancelled : .lost
    update.endedAt = clocks.wall()
    update.reason =
      isTask
      ? "cancelled while it waited to go on, outside of orchestrate"
      : "vanished while it waited to go on: cancelled, or forgotten by Slurm; retry lets it go on"
    return update
  }
}
