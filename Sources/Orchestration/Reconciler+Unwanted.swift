import Registry
import Scheduler

extension Reconciler {
  /// Seconds after which an executor that still shows a job is asked once more to end it.
  private static let askedAgainAfter = 60.0

  /// Ends jobs that a user wished to be ended and that live all the same: the executor did not answer then,
  /// or nobody knew the job's id yet.
  /// - Parameter wereEnded: whether they had ended by then; what was asked before is not waited for.
  func endUnwanted(
    _ runs: [RunRecord], _ observation: Observation, _ executor: any Executor,
    _ round: inout Round, wereEnded: Bool = false
  ) async throws {
    let wanted = runs.filter { run in
      guard let wish = run.cancelRequestedAt else { return false }
      if executor.name != .slurm { return run.jobID == nil }
      if wereEnded { return true }
      guard let asked = run.cancelAskedAt, asked >= wish else { return true }
      return Continuer.hasPassed(Self.askedAgainAfter, since: asked, at: clocks.wall())
    }
    if wanted.isEmpty { return }
    let live = Dictionary(
      observation.jobs.filter { !$0.phase.isTerminal && !$0.isCompleting }.map {
        (TaskKey(token: $0.token, index: $0.arrayIndex), $0.jobID)
      }, uniquingKeysWith: { first, _ in first })
    let unwanted = try sealed(wanted.filter { live[TaskKey($0)] != nil }, &round).compactMap {
      run -> (run: RunRecord, job: JobReference)? in
      guard let id = live[TaskKey(run)] else { return nil }
      var job = JobReference(run)
      job.jobID = id
      return (run, job)
    }
    if unwanted.isEmpty { return }
    let outcome = await executor.cancel(unwanted.map(\.job))
    let asked = Set(outcome.asked)
    let told = unwanted.filter { asked.contains($0.job) }.map(\.run)
    try registry.noteAskedToEnd(told)
    round.warnings += outcome.failures
    if let first = told.first {
      round.notes.append(
        "\(first.name)\(told.count > 1 ? " and \(told.count - 1) more" : ""): asked to end now, as was "
          + "wished before")
    }
  }

  /// Those of the runs that this user submitted. A registry may be somebody else's, and the jobs that it names
  /// be this user's own in another project: nobody but the user ends those.
  func sealed(_ runs: [RunRecord], _ round: inout Round) throws -> [RunRecord] {
    guard let continuer, !runs.isEmpty else { return runs }
    let submissions = try registry.submissions(Set(runs.compactMap(\.submissionID)).sorted())
    let own = Set(submissions.filter(continuer.isSealed).map(\.id))
    let isMine = { (run: RunRecord) in run.submissionID.map(own.contains) == true }
    let others = runs.filter { !isMine($0) }
    if let first = others.first {
      round.warnings.append(
        "\(first.name)\(others.count > 1 ? " and \(others.count - 1) more" : ""): not asked to end, though the "
          + "registry says that somebody wished it: not submitted by you, as far as the key of HOME, or "
          + "XDG_STATE_HOME, tells; `orchestrate cancel` ends a run by its name")
    }
    return runs.filter(isMine)
  }
}

extension JobObservation {
  /// Whether Slurm is ending it.
  var isCompleting: Bool { reason == "COMPLETING" }
}
