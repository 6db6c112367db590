import Registry
import RunContract
import Scheduler

/// What accounting writes down that nobody saw happen, and what it says of an earlier start.
///
/// A controller that is started without its state has all open jobs closed as `CANCELLED`, and administrators
/// have such jobs closed as `COMPLETED`, from Slurm 25.11 on as `FAILED`, too, with no time between their start and their end (`sacctmgr show
/// runawayjobs`). Of a job that was started again the books show the end of the start before, while the newer
/// row has none.
extension Judge {
  /// Seconds that a job takes at least which leaves no record: more than times in whole seconds hide.
  private static let shortest = 1.0

  /// Whether the end that only the books show is none of this run's last start, or nobody's word: the run
  /// directory decides then, as where nothing is shown.
  func doubts(_ job: JobObservation, of run: RunRecord) -> Bool {
    guard job.isFromBooks, job.phase.isTerminal else { return false }
    let folder = RunFolder(run)
    switch job.phase {
    case .completed:
      if folder.exitRecord?.code == 0 || folder.endByTheRanks != nil { return false }
      // The node's clock may be another one than the books'.
      let claim = folder.claim.flatMap { $0.kind == .claim ? $0.time : nil }
      return !job.lasted(Self.shortest)
        || claim.map { (job.endTime ?? 0) <= $0 + Self.shortest } == true
    case .cancelled where job.reason == nil && run.cancelRequestedAt == nil:
      // Whoever is cancelled by somebody is so `by` a number, or says in its log that it was.
      return folder.whySlurmEndedIt != .cancelled
    default:
      // Of tasks that were cancelled while they waited there may be ten thousand.
      guard run.startedAt != nil || job.nodes != nil else { return false }
      // An administrator may have the job of a controller that lost its state closed as failed.
      if job.phase == .failed, folder.exitRecord == nil, folder.claim?.kind == .claim,
        let age = folder.heartbeatAge, age < Self.freshHeartbeat
      {
        return true
      }
      guard let claim = folder.claim, claim.restart > 0, let start = claim.time,
        let end = job.endTime
      else { return false }
      return end <= start
    }
  }

  /// The same of a run whose directory is not to be touched.
  func doubtsAlone(_ job: JobObservation, of run: RunRecord) -> Bool {
    guard job.isFromBooks else { return false }
    return job.phase == .completed && !job.lasted(Self.shortest)
      || job.phase == .cancelled && job.reason == nil && run.cancelRequestedAt == nil
  }
}

extension JobObservation {
  /// Whether more than so many seconds lie between its start and its end.
  fileprivate func lasted(_ seconds: Double) -> Bool {
    guard let start = startTime, let end = endTime else { return false }
    return end > start + seconds
  }
}
