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
  /// The recipe of arrays that share its `max_parallel` with others of the same wish. (What had started
  /// once goes on without waiting for them.)
  var recipe: Recipe?

  /// Whether it is known which jobs a submission would have to wait for.
  static func isClear(
    _ recipe: Recipe, of submission: Int64, in registry: Registry
  ) throws -> Bool {
    try recipe.maxParallel == nil || registry.partsAtWork(beside: submission) != nil
  }

  /// Calls the executor and records what it said.
  func submit(
    _ request: SubmissionRequest, as submission: Int64
  ) async throws -> SubmissionOutcome {
    var request = request
    if let recipe, let bound = recipe.maxParallel, executor.name == .slurm {
      guard let parts = try await partsAtWork(beside: submission) else {
        let outcome = SubmissionOutcome.refused(
          reason: SubmissionOutcome.anotherPartIsUnderWay, hint: nil)
        try Handover(registry: registry, executor: executor, due: due ?? .resubmit)
          .record(outcome, of: submission)
        return outcome
      }
      request.dependency =
        Lanes.dependency(
          of: request.tasks.count, bound: bound, among: parts, besides: recipe.dependency)
        ?? request.dependency
    }
    // There is time for what would be left to do when the answer has come.
    let log = BackgroundValue { registry.moveLog() }
    let outcome = await executor.submit(request)
    try log.value
    SubmissionStep.answered.reached()
    do {
      try await endUnwanted(outcome, of: submission)
      try record(outcome, of: submission)
    } catch {
      guard case .accepted(let id) = outcome else { throw error }
      throw Failure(
        "\(executor.name.rawValue) accepted \(request.token) as job \(id), but that could not be recorded "
          + "(\(error))",
        hint: "do not submit it again: `orchestrate status` finds the job by its name",
        status: .unconfirmed)
    }
    SubmissionStep.recorded.reached()
    return outcome
  }

  /// What the executor holds of the same wish. Another process may hand a part over at this very moment, and mostly
  /// has its answer in the next one.
  private func partsAtWork(beside submission: Int64) async throws -> [PartAtWork]? {
    for _ in 0..<20 {
      if let parts = try registry.partsAtWork(beside: submission) { return parts }
      try await Task.sleep(for: .milliseconds(250))
    }
    return try registry.partsAtWork(beside: submission)
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
      // There will be room: also what a user has just submitted waits for that.
      let room = outcome.wantOfRoom
      let due = due ?? (room == nil ? nil : .resubmit)
      try registry.record(
        submission: submission, state: .refused, runs: state(waitingTo: due),
        reason: room?.reason ?? "refused: \(reason)", due: due)
    case .unreachable(let reason):
      try registry.record(
        submission: submission, state: .refused, runs: state(waitingTo: due),
        reason: "nothing was submitted: \(reason)", due: due)
    case .unconfirmed(let reason):
      try registry.record(
        submission: submission, state: .unconfirmed, runs: .unconfirmed, reason: reason)
    }
  }

  private func state(waitingTo due: NextStep?) -> RunState {
    switch due {
    case nil: .failed
    case .goOn: .requeued
    case .resubmit: .created
    }
  }
}
