import Registry
import RunContract
import Scheduler
import Scripts

/// Submits runs once more under a new token, from a recipe and the template it was rendered with.
struct Resubmission {
  let project: Project
  let registry: Registry
  let executor: any Executor

  /// What became of it.
  struct Done {
    /// The submission's key in the registry.
    var id: Int64
    var token: String
    var directory: String
    var planned: [PlannedRun]
    var outcome: SubmissionOutcome
  }

  /// Records the intent, on condition that nobody else moved the runs, and hands it over.
  ///
  /// The runs' former tokens must have been taken back before.
  /// - Parameter due: what the runs wait for, which they go on to do where the executor refuses; `nil`
  ///   where a user asked for it, who is told.
  /// - Returns: `nil` where another process was first.
  func submit(
    _ runs: [RunRecord], _ recipe: Recipe, templateSHA256: String, because reason: String,
    requeues: Int, due: NextStep? = nil, overrides: String? = nil
  ) async throws -> Done? {
    for run in runs { _ = try ManifestRun(run) }
    let template = try recipe.template(sha256: templateSHA256, in: registry)
    let seal = try Seal.required()
    var written: PreparedSubmission?
    let intent: RecordedSubmission?
    do {
      intent = try registry.intendAgain(
        runs, because: reason, byHand: due == nil, overrides: overrides
      ) { planned in
        let submission = try PreparedSubmission(
          recipe, runs: planned.map(ManifestRun.init),
          token: newToken(experiment: recipe.experiment), template: template, project: project,
          requeues: requeues)
        try submission.write(jobFile: nil)
        written = submission
        SubmissionStep.written.reached()
        return submission.record(
          project: project, executor: executor, seal: seal, runs: planned)
      }
    } catch {
      written?.remove()
      throw error
    }
    guard let intent, let written else { return nil }
    SubmissionStep.intended.reached()
    let outcome = try await Handover(
      registry: registry, executor: executor, due: due, recipe: due == .resubmit ? recipe : nil
    ).submit(written.request, as: intent.id)
    return Done(
      id: intent.id, token: written.token, directory: written.request.directory,
      planned: intent.submission.runs, outcome: outcome)
  }
}
