import Foundation
import Registry
import RunContract
import Scheduler
import Scripts

/// Submissions whose maker is gone.
extension Continuer {
  /// Marks as unconfirmed what was given to its executor and whose answer nobody recorded, and ends what was
  /// cancelled before it was given to any. Nobody is asked.
  func settleAbandoned() throws {
    for submission in try registry.openSubmissions() where isAbandoned(submission) {
      if submission.attemptedAt == nil {
        try endUnwanted(submission)
      } else {
        try registry.recordUnconfirmed(
          submission, reason: "orchestrate ended before the answer came; looked up by its name")
      }
    }
  }

  /// Hands over what was recorded and never given to its executor. It comes after the look, which knows what
  /// has become of the jobs that it is to wait for.
  func handOverAbandoned(_ report: inout Report) async throws {
    for submission in try registry.openSubmissions()
    where submission.attemptedAt == nil && isAbandoned(submission) && !report.isLate {
      try await handOver(submission, &report)
    }
  }

  /// Ends what was cancelled, all of it, before it was handed over.
  private func endUnwanted(_ submission: SubmissionRecord) throws {
    var filter = RunFilter()
    filter.submissionID = submission.id
    guard try registry.runs(filter).allSatisfy({ $0.cancelRequestedAt != nil }) else { return }
    if try registry.beginAttempt(submission.id, from: submission.maker, by: Maker.current) {
      try registry.record(
        submission: submission.id, state: .refused, runs: .cancelled,
        reason: "cancelled before it was submitted")
    }
  }

  private func isAbandoned(_ submission: SubmissionRecord) -> Bool {
    // This process hands over one after the other, and none now: the answer to that one could not be recorded.
    if submission.maker == Maker.current { return true }
    guard let maker = submission.maker.flatMap(Maker.init) else { return true }
    if let isAlive = maker.isAlive { return !isAlive }
    return Self.hasPassed(
      Self.makerLimit, since: submission.attemptedAt ?? submission.createdAt, at: now())
  }

  private func handOver(_ submission: SubmissionRecord, _ report: inout Report) async throws {
    guard let executor = ExecutorName(rawValue: submission.executor).flatMap({ executors[$0] }),
      !report.silent.contains(executor.name), isHere(submission, executor, &report)
    else { return }
    var filter = RunFilter()
    filter.submissionID = submission.id
    let runs = try registry.runs(filter).sorted { ($0.arrayIndex ?? 0) < ($1.arrayIndex ?? 0) }
    do {
      let recipe = try trustedRecipe(of: submission)
      let rendered = try PreparedSubmission(
        recipe, runs: runs.map { try ManifestRun($0) }, token: submission.token,
        template: recipe.template(sha256: submission.templateSHA256, in: registry),
        project: project)
      guard try rendered.isWritten else {
        return try renderAnew(
          submission, executor, "\(rendered.request.script) is not there as it was written")
      }
      let room = RoomKey(recipe, executor.name)
      guard !report.full.contains(room),
        let now = try await waiting(recipe, of: submission, executor, &report),
        try Handover.isClear(recipe, of: submission.id, in: registry)
      else { return }
      guard now.dependency == recipe.dependency else {
        return try renderAnew(submission, executor, "what it waits for has moved on")
      }
      guard
        try registry.beginAttempt(submission.id, from: submission.maker, by: Maker.current)
      else { return }
      let outcome = try await Handover(
        registry: registry, executor: executor, due: .resubmit, recipe: recipe
      ).submit(rendered.request, as: submission.id)
      report.note(outcome, of: executor)
      if outcome.wantOfRoom != nil { report.full.insert(room) }
      if case .accepted = outcome {
        report.notes.append("\(submission.token): handed over what an ended orchestrate had left")
      }
    } catch let error as FileError {
      // A file server that is away for a moment loses nobody's run.
      report.warnings.append("\(submission.token) is not handed over yet: \(error)")
    } catch let error as RegistryError {
      throw error
    } catch let error as any Error & CustomStringConvertible {
      report.warnings.append("\(submission.token) was not handed over: \(error.description)")
      // Under another HOME one has another key: what bears a seal waits for its owner. And what was begun since,
      // by this process or another, is found by its name.
      guard !bearsSeal(submission) || isSealed(submission),
        try registry.takeOver(submission.id, from: submission.maker, by: Maker.current)
      else { return }
      try Handover(registry: registry, executor: executor)
        .record(.refused(reason: error.description, hint: nil), of: submission.id)
    }
  }

  /// Leaves a submission that nobody was asked for yet: its runs are submitted under another token.
  private func renderAnew(
    _ submission: SubmissionRecord, _ executor: any Executor, _ reason: String
  ) throws {
    guard try registry.takeOver(submission.id, from: submission.maker, by: Maker.current) else {
      return
    }
    try Handover(registry: registry, executor: executor, due: .resubmit)
      .record(.refused(reason: reason, hint: nil), of: submission.id)
  }
}
