import Foundation
import Registry
import RunContract
import Scheduler
import Scripts

/// Does what a run that is not over waits for: finishes submissions whose maker is gone, submits anew
/// what never started, and continues what was interrupted.
///
/// Nothing is submitted here that this user's own orchestrate did not seal, and no run gets a new token
/// before the old one is taken back by its claim.
public struct Continuer: Sendable {
  let project: Project
  let registry: Registry
  let executors: [ExecutorName: any Executor]

  /// Automatic submissions in a row that leave no trace, before a run is given up.
  static let mostResubmissions = 5
  /// Seconds between two tries where the executor refused or did not answer.
  static let pause = 60.0
  /// Seconds after which a maker on a machine that cannot be seen from here counts as gone.
  static let makerLimit = 300.0

  /// A continuer.
  public init(project: Project, registry: Registry, executors: [any Executor]) {
    self.project = project
    self.registry = registry
    self.executors = Dictionary(
      executors.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// What was done, in words for the user.
  public struct Report: Sendable {
    public var notes: [String] = []
    public var warnings: [String] = []
    /// Executors that could not be reached or gave no answer: they are not asked again in this round, for
    /// each such call may take a minute.
    var silent: Set<ExecutorName> = []

    mutating func note(_ outcome: SubmissionOutcome, of executor: any Executor) {
      switch outcome {
      case .accepted, .refused: break
      case .unreachable, .unconfirmed: silent.insert(executor.name)
      }
    }
  }

  // MARK: Submissions whose maker is gone

  /// Hands over what was recorded and never given to its executor, and marks as unconfirmed what was given
  /// and whose answer nobody recorded.
  /// - Parameter submitting: whether anything may be handed over, or only be written down.
  func finishAbandoned(submitting: Bool, _ report: inout Report) async throws {
    for submission in try registry.openSubmissions() where isAbandoned(submission) {
      guard submission.attemptedAt == nil else {
        try registry.record(
          submission: submission.id, state: .unconfirmed, runs: .unconfirmed,
          reason: "orchestrate ended before the answer came; looked up by its name")
        continue
      }
      if try endUnwanted(submission) { continue }
      if submitting { try await handOver(submission, &report) }
    }
  }

  /// Ends what was cancelled before it was handed over.
  /// - Returns: whether that was so for the whole submission.
  private func endUnwanted(_ submission: SubmissionRecord) throws -> Bool {
    var filter = RunFilter()
    filter.submissionID = submission.id
    guard try registry.runs(filter).allSatisfy({ $0.cancelRequestedAt != nil }) else {
      return false
    }
    if try registry.beginAttempt(submission.id, from: submission.maker, by: Maker.current) {
      try registry.record(
        submission: submission.id, state: .refused, runs: .cancelled,
        reason: "cancelled before it was submitted")
    }
    return true
  }

  private func isAbandoned(_ submission: SubmissionRecord) -> Bool {
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
        recipe, runs: runs.map(ManifestRun.init), token: submission.token,
        template: recipe.template(sha256: submission.templateSHA256, in: registry),
        project: project)
      guard try rendered.isWritten else {
        // Nobody was asked for it yet: it is rendered anew under another token.
        return try Handover(registry: registry, executor: executor, due: .resubmit).record(
          .refused(
            reason: "\(rendered.request.script) is not there as it was written", hint: nil),
          of: submission.id)
      }
      guard try await mayStillWait(recipe, executor) else { return }
      guard
        try registry.beginAttempt(submission.id, from: submission.maker, by: Maker.current)
      else { return }
      let outcome = try await Handover(registry: registry, executor: executor, due: .resubmit)
        .submit(rendered.request, as: submission.id)
      report.note(outcome, of: executor)
      if case .accepted = outcome {
        report.notes.append("\(submission.token): handed over what an ended orchestrate had left")
      }
    } catch let error as FileError {
      // A file server that is away for a moment loses nobody's run.
      report.warnings.append("\(submission.token) is not handed over yet: \(error)")
    } catch let error as RegistryError {
      throw error
    } catch let error as any Error & CustomStringConvertible {
      try Handover(registry: registry, executor: executor)
        .record(.refused(reason: error.description, hint: nil), of: submission.id)
      report.warnings.append("\(submission.token) was not handed over: \(error.description)")
    }
  }

  /// The recipe of a submission, if this user made it.
  /// - Throws: ``Failure`` where it is somebody else's, or damaged.
  func trustedRecipe(of submission: SubmissionRecord) throws -> Recipe {
    guard let text = submission.recipe else {
      throw Failure(
        "\(submission.token) was made by an earlier orchestrate, which kept no recipe",
        hint: "submit its job file again")
    }
    let recipe = try Recipe(text)
    let seal = try Seal.ofUser()
    guard let signature = submission.seal,
      seal.matches(
        signature,
        recipe.sealedText(token: submission.token, templateSHA256: submission.templateSHA256)),
      recipe.text == text, project.isRoot(recipe.workingDirectory)
    else {
      throw Failure(
        "\(submission.token) was not made by you in this folder, so it is not submitted anew",
        hint: "look at its job file and submit that")
    }
    return recipe
  }

  // MARK: Runs that go on

  /// Submits the runs that are due, as few submissions as their recipes allow.
  func carryOut(_ runs: [RunRecord], _ report: inout Report) async throws {
    let waiting = runs.filter { $0.due != nil && $0.cancelRequestedAt == nil }
    if waiting.isEmpty { return }
    let (due, warnings) = project.ownRuns(waiting)
    report.warnings += warnings
    let old = Dictionary(
      uniqueKeysWithValues: try registry.submissions(due.compactMap(\.submissionID)).map {
        ($0.id, $0)
      })
    for (key, group) in Dictionary(grouping: due, by: GroupKey.init) {
      guard let submission = old[key.submission], isRested(submission),
        let executor = ExecutorName(rawValue: submission.executor).flatMap({ executors[$0] }),
        !report.silent.contains(executor.name), isHere(submission, executor, &report)
      else { continue }
      do {
        let ready = try fence(group)
        if ready.isEmpty { continue }
        try await submitAnew(ready, after: submission, executor, &report)
      } catch let error as RegistryError {
        throw error
      } catch let error as any Error & CustomStringConvertible {
        report.warnings.append("\(group[0].name) does not go on: \(error.description)")
      }
    }
  }

  /// Runs that one submission can carry.
  private struct GroupKey: Hashable {
    var submission: Int64
    var due: NextStep?
    var overrides: String?
    var restarts: Int

    init(_ run: RunRecord) {
      submission = run.submissionID ?? 0
      due = run.due
      overrides = run.overridesJSON
      restarts = run.restarts
    }
  }

  /// Whether a submission was meant for the cluster that is asked now: what is made for one is not handed to
  /// another.
  private func isHere(
    _ submission: SubmissionRecord, _ executor: any Executor, _ report: inout Report
  ) -> Bool {
    guard let meant = submission.cluster, let asked = executor.cluster, meant != asked else {
      return true
    }
    report.warnings.append(
      "\(submission.token) waits: it is meant for the cluster \(printable(meant)), and Slurm here is that of "
        + "\(printable(asked)) (SLURM_CONF chooses)")
    return false
  }

  private func isRested(_ submission: SubmissionRecord) -> Bool {
    submission.state != .refused
      || Self.hasPassed(Self.pause, since: submission.attemptedAt ?? 0, at: now())
  }

  /// Whether so many seconds lie between two times of the wall's clock. A time in the future was noted by
  /// a clock that has been set back since, and is not waited for.
  package static func hasPassed(_ seconds: Double, since time: Double, at now: Double) -> Bool {
    abs(now - time) > seconds
  }

  /// Takes the tokens back.
  /// - Returns: the runs whose token nobody can start under any more; the others are alive and adopted.
  private func fence(_ runs: [RunRecord]) throws -> [RunRecord] {
    var ready: [RunRecord] = []
    var adopted: [RunUpdate] = []
    for run in runs {
      guard let token = run.token else { continue }
      if let claim = try takeBack(token, of: run) {
        var update = RunUpdate(run)
        update.due = nil
        // They count with the restarts of this start's own job when it ends.
        update.restarts = run.due == .goOn ? max(0, run.restarts - claim.restart) : run.restarts
        update.state = .running
        update.jobID = claim.jobID ?? run.jobID
        update.reason = nil
        update.endedAt = nil
        adopted.append(update)
      } else {
        ready.append(run)
      }
    }
    try registry.apply(adopted)
    SubmissionStep.revoked.reached()
    return ready
  }

  /// - Returns: `nil` where the token is taken back, else the claim of the start that was first.
  private func takeBack(_ token: String, of run: RunRecord) throws -> Claim? {
    guard let claim = try Claim.revoke(runDirectory: run.directory, token: token) else {
      return nil
    }
    if run.due == .resubmit { return claim }
    return try Claim.supersede(runDirectory: run.directory, token: token, after: claim)
  }

  private func submitAnew(
    _ runs: [RunRecord], after old: SubmissionRecord, _ executor: any Executor,
    _ report: inout Report
  ) async throws {
    guard let first = runs.first, let step = first.due else { return }
    if step == .resubmit, try await giveUpTheUnlucky(runs, &report) { return }
    var recipe = try trustedRecipe(of: old)
    if let text = first.overridesJSON, let overrides = try? JSONValue(parsing: text).object {
      recipe = try recipe.overridden(by: overrides.compactMapValues(\.string))
    }
    // What has started once waits for nobody any more.
    if step == .goOn { (recipe.dependency, recipe.hold) = (nil, false) }
    do { guard try await mayStillWait(recipe, executor) else { return } } catch {
      try giveUp(runs, .failed, because: error.description)
      throw error
    }
    let reason = step == .goOn ? "continued" : "submitted anew"
    let done = try await Resubmission(project: project, registry: registry, executor: executor)
      .submit(
        runs, recipe, templateSHA256: old.templateSHA256, because: first.reason ?? reason,
        requeues: recipe.retry.maxRequeues - first.restarts, due: step)
    guard let done else { return }
    report.note(done.outcome, of: executor)
    let names = first.name + (runs.count > 1 ? " and \(runs.count - 1) more" : "")
    switch done.outcome {
    case .accepted(let id):
      let job = executor.name == .slurm ? " as job \(id)" : ""
      report.notes.append("\(names): \(reason)\(job)")
    case .unconfirmed(let words):
      report.warnings.append("\(names): \(reason), unconfirmed: \(words)")
    case .refused(let words, _), .unreachable(let words):
      report.warnings.append("\(names) could not be \(reason), later once more: \(words)")
    }
  }

  /// Ends runs that were submitted again and again and never started.
  /// - Returns: whether that was so.
  private func giveUpTheUnlucky(
    _ runs: [RunRecord], _ report: inout Report
  ) async throws -> Bool {
    // What the executor refuses it did not lose, and takes when it can.
    guard runs[0].state == .unconfirmed else { return false }
    let attempts = try registry.tracelessAttempts(of: runs, except: SubmissionOutcome.queueIsFull)
    guard runs.contains(where: { attempts[$0.id, default: 0] >= Self.mostResubmissions }) else {
      return false
    }
    try giveUp(
      runs, .lost,
      because: "submitted \(Self.mostResubmissions + 1) times, and every submission left no trace")
    return true
  }

  private func giveUp(_ runs: [RunRecord], _ state: RunState, because reason: String) throws {
    try registry.apply(
      runs.map { run in
        var update = RunUpdate(run)
        update.state = state
        update.due = nil
        update.endedAt = now()
        update.reason = reason
        return update
      })
  }
}
