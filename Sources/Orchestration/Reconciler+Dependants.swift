import Registry
import Scheduler

extension Reconciler {
  /// Slurm ends what waits for the success of a job that had none, also where the run that it was goes on: under
  /// another job, or once more. Such a dependant is submitted anew, to wait for that.
  /// - Parameter updates: what one look found out, of all runs.
  func keepingDependants(_ updates: [RunUpdate]) throws -> [RunUpdate] {
    let isEnded = { (update: RunUpdate) in
      update.state == .cancelled && update.reason?.hasPrefix("Dependency") == true
        && update.run.cancelRequestedAt == nil
    }
    let submissions = Set(updates.filter(isEnded).compactMap(\.run.submissionID))
    if submissions.isEmpty { return updates }
    var next = Dictionary(updates.map { ($0.run.id, $0.state) }, uniquingKeysWith: { $1 })
    var kept: Set<Int64> = []
    // What is kept is waited for by others, which came later.
    for submission in try registry.submissions(submissions).sorted(by: { $0.id < $1.id }) {
      guard let dependency = submission.recipe.flatMap({ try? Recipe($0) })?.dependency,
        try mayStillSucceed(dependency, before: submission, next)
      else { continue }
      kept.insert(submission.id)
      for update in updates where isEnded(update) && update.run.submissionID == submission.id {
        next[update.run.id] = .requeued
      }
    }
    return updates.map { update in
      guard isEnded(update), update.run.submissionID.map(kept.contains) == true else {
        return update
      }
      var update = update
      (update.state, update.due) = (.requeued, .resubmit)
      update.reason = "what it waits for goes on under another job"
      (update.endedAt, update.exitCode, update.signal) = (nil, nil, nil)
      return update
    }
  }

  /// Whether all that must end well has, or still may, and some of it under another job than the one that Slurm
  /// knew.
  private func mayStillSucceed(
    _ dependency: String, before submission: SubmissionRecord, _ next: [Int64: RunState]
  ) throws -> Bool {
    var isSomeElsewhere = false
    var former: [Int: FormerJob] = [:]
    for job in WaitedJob.all(in: dependency) where job.needsSuccess {
      let known = try former[job.id] ?? registry.formerJob(job.id, before: submission)
      former[job.id] = known
      for run in known.runs(at: job.arrayIndex) {
        let state = next[run.id] ?? run.state
        guard state.isActive || state == .completed else { return false }
        isSomeElsewhere = isSomeElsewhere || state.isActive || !known.isStill(run)
      }
    }
    return isSomeElsewhere
  }
}
