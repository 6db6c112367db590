import Registry
import RunContract
import Scheduler

/// What a run's directory knows better than the executor: ends that the script or the ranks left word of.
extension Judge {
  /// Seconds after a script's last word within which Slurm should know that the job is over.
  private static let lateness = 60.0

  /// Gives a job the end that its script recorded where Slurm noticed it so late that it took the job for one
  /// that still ran: a controller that was killed does not hear of it, and ends the job at its time limit.
  ///
  /// How long it ran by the node's clock is compared with how long by the controller's: the two clocks may differ.
  /// Of a script that began late, for what a node does before it may take minutes, Slurm wrote into the job's log
  /// why it ended it.
  func date(_ job: inout JobObservation, back record: ExitRecord, _ folder: RunFolder) {
    // Of ranks that a node took along srun says 0, too.
    let isOwnEnd = record.ranks != nil || record.code != 0 && !record.areRanksLost
    guard job.phase == .timedOut || job.phase == .nodeFailed && isOwnEnd,
      let start = job.startTime,
      let end = job.endTime, let claimed = folder.claim?.time,
      record.time - claimed + Self.lateness < end - start,
      runEnd(folder.whySlurmEndedIt, record: nil) == nil
    else { return }
    job.phase = record.code == 0 ? .completed : .failed
    (job.exitCode, job.signal, job.reason) = (record.code, nil, nil)
    job.endTime = record.time
  }

  /// How a start ended that Slurm has taken for running for a minute since: a controller that was killed at that
  /// moment does not hear of the end, and shows the job as running until its time limit.
  func endThatSlurmMissed(of job: JobObservation, _ folder: RunFolder) -> ExitRecord? {
    guard executor == .slurm, job.phase == .running, !job.isCompleting,
      let record = folder.exitRecord, record.restart == job.restarts ?? record.restart,
      // Its script, and every rank that may be left, would have shown that it lives.
      let age = folder.heartbeatAge, age >= Self.lateness
    else { return nil }
    return record
  }

  /// When a run came to its good end whose job Slurm starts once more: that start has nothing left to do
  /// and leaves at once, if it is ever let go.
  func goodEnd(
    of run: RunRecord, beside job: JobObservation, _ folder: RunFolder
  ) -> Double? {
    if job.phase.isTerminal { return nil }
    // Of tasks that wait together Slurm's one row has the restart count of any of them.
    if run.state == .completed { return folder.goodEnd }
    // Who was cancelled, or ran out of time, and had a trainer that then left with 0, waits once more first.
    guard run.state.isActive, run.cancelRequestedAt == nil,
      job.phase == .requeued || job.phase == .running, (job.restarts ?? 0) > 0
    else { return nil }
    return folder.goodEnd
  }

  /// The good end of a start that its script recorded before it was killed, or that all ranks speak of where
  /// it could not. A record beside Slurm's word of a time limit changes nothing, for its trainer may have ended
  /// because it was told to; nor does one of what was cancelled, but where all ranks have said that they came to their
  /// good end, which they do not where they could hear that they were told.
  func wordOfTheEnd(
    instead end: RunEnd, _ record: ExitRecord?, _ folder: RunFolder
  ) -> ExitRecord? {
    switch (end.state, record) {
    case (.failed, let record?): record.code == 0 ? record : nil
    // srun ends with 0 also where a node took its ranks along: the ranks' own words are needed.
    // Slurm also calls a job out of memory of which one process was killed that the trainer did without.
    case (.nodeFailed, let record?), (.outOfMemory, let record?), (.cancelled, let record?):
      record.code == 0 && record.ranks != nil ? record : nil
    case (.failed, nil), (.timedOut, nil), (.outOfMemory, nil), (.nodeFailed, nil),
      (.cancelled, nil):
      folder.endByTheRanks
    default: nil
    }
  }

  /// The run with that end.
  func trained(
    _ update: RunUpdate, _ job: JobObservation, at end: Double
  ) -> RunUpdate {
    var update = update
    update.state = .completed
    update.reason = nil
    update.due = nil
    update.nodes = job.nodes ?? update.run.nodes
    update.startedAt = job.startTime ?? update.run.startedAt
    update.endedAt = end
    (update.exitCode, update.signal) = (0, nil)
    return update
  }
}

extension JobObservation {
  /// Accounting shows of a script's exit status of 128 and more what is left without the 128, as if it were another
  /// one; the script itself knows.
  mutating func takeExitCode(of record: ExitRecord) {
    if record.code >= 128, exitCode == record.code - 128 { exitCode = record.code }
  }

  /// The exit status where the job ended so: 0 of what came to no good end is none, but what Slurm says of jobs
  /// that it ended itself.
  func exitCode(ofEnd state: RunState) -> Int? {
    exitCode == 0 && state != .completed ? nil : exitCode
  }
}
