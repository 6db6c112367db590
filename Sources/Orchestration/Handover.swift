import Registry
import RunContract
import Scheduler

/// Gives one recorded submission to its executor, once, and records the answer.
struct Handover {
  let registry: Registry
  let executor: any Executor
  /// What still is to be done with the runs where the executor refuses or cannot be reached: a queue that
  /// is full today takes them tomorrow. `nil` for a user's own submission, which has failed then.
  var due: NextStep?

  /// Calls the executor and records what it said.
  func submit(
    _ request: SubmissionRequest, as submission: Int64
  ) async throws -> SubmissionOutcome {
    // There is time for what would be left to do when the answer has come.
    let log = BackgroundValue { registry.moveLog() }
    let outcome = await executor.submit(request)
    try log.value
    SubmissionStep.answered.reached()
    try await endUnwanted(outcome, of: submission)
    try record(outcome, of: submission)
    SubmissionStep.recorded.reached()
    return outcome
  }

  /// Ends what was cancelled while its submission was under way: whoever did that found no job there.
  /// Before the answer is recorded, for a job whose id nobody knows is ended by whoever finds it, should
  /// this process be killed here.
  private func endUnwanted(_ outcome: SubmissionOutcome, of submission: Int64) async throws {
    var jobID: Int?
    switch outcome {
    case .accepted(let id): jobID = executor.name == .slurm ? id : nil
    case .unconfirmed: break
    case .refused, .unreachable: return
    }
    let unwanted = try registry.cancelledMeanwhile(submission: submission)
    if unwanted.isEmpty { return }
    _ = await executor.cancel(
      unwanted.map { run in
        var job = JobReference(run)
        job.jobID = jobID
        return job
      })
  }

  /// Records an answer.
  func record(_ outcome: SubmissionOutcome, of submission: Int64) throws {
    switch outcome {
    case .accepted(let jobID):
      // A local run's job id is its own process's, which nobody knows before it starts.
      try registry.record(
        submission: submission, state: .accepted, runs: .pending,
        jobID: executor.name == .slurm ? jobID : nil)
    case .refused(let reason, _):
      try registry.record(
        submission: submission, state: .refused, runs: refused, reason: "refused: \(reason)",
        due: due)
    case .unreachable(let reason):
      try registry.record(
        submission: submission, state: .refused, runs: refused,
        reason: "nothing was submitted: \(reason)", due: due)
    case .unconfirmed(let reason):
      try registry.record(
        submission: submission, state: .unconfirmed, runs: .unconfirmed, reason: reason)
    }
  }

  private var refused: RunState {
    switch due {
    case nil: .failed
    case .goOn: .requeued
    case .resubmit: .created
    }
  }
}
