import Registry
import RunContract
import Scheduler
import Scripts

/// Tries runs that have ended once more, because a user asks for it: the same run, in its directory, from
/// its last checkpoint, with other resources where they are named.
public struct Retrier: Sendable {
  let project: Project
  let registry: Registry
  let executors: [ExecutorName: any Executor]

  /// A retrier.
  public init(project: Project, registry: Registry, executors: [any Executor]) {
    self.project = project
    self.registry = registry
    self.executors = Dictionary(
      executors.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// Runs that would be submitted together.
  public struct Plan: Sendable {
    public var runs: [RunRecord]
    let recipe: Recipe
    let templateSHA256: String
    let executor: ExecutorName
    let overrides: String?
    /// How many starts each run's token had seen by then.
    let starts: [Int64: Int]
  }

  /// Puts runs together that one submission can carry.
  /// - Parameters:
  ///   - changes: the values of sbatch's options that replace what was asked for.
  /// - Throws: ``Failure`` naming a run that cannot be tried again, before anything is changed.
  public func plan(_ runs: [RunRecord], changes: [String: String]) throws -> [Plan] {
    for run in runs { try check(run) }
    if let warning = project.ownRuns(runs).warnings.first { throw Failure(warning) }
    let submissions = Dictionary(
      uniqueKeysWithValues: try registry.submissions(runs.compactMap(\.submissionID)).map {
        ($0.id, $0)
      })
    let continuer = Continuer(
      project: project, registry: registry, executors: Array(executors.values))
    var plans: [Plan] = []
    let groups = Dictionary(grouping: runs) { Key(submission: $0.submissionID ?? 0, $0) }
    for (key, group) in groups.sorted(by: { $0.value[0].id < $1.value[0].id }) {
      guard let submission = submissions[key.submission],
        let executor = ExecutorName(rawValue: submission.executor)
      else { throw Failure("\(group[0].name) was never submitted", status: .usage) }
      var recipe = try continuer.trustedRecipe(of: submission)
      recipe = try recipe.adjusted(by: key.overrides).overridden(by: changes)
      let overrides = Recipe.overrides(key.overrides).merging(changes) { $1 }
      (recipe.dependency, recipe.hold) = (nil, false)
      plans.append(
        Plan(
          runs: group, recipe: recipe, templateSHA256: submission.templateSHA256,
          executor: executor,
          overrides: overrides.isEmpty
            ? nil : JSONValue.object(overrides.mapValues { .string($0) }).canonical,
          starts: Dictionary(uniqueKeysWithValues: group.map { ($0.id, starts(of: $0)) })))
    }
    return plans
  }

  private func starts(of run: RunRecord) -> Int {
    (RunFolder(run).claim?.generation).map { $0 + 1 } ?? 0
  }

  private struct Key: Hashable {
    var submission: Int64
    var overrides: String?
    init(submission: Int64, _ run: RunRecord) {
      self.submission = submission
      overrides = run.overridesJSON
    }
  }

  private func check(_ run: RunRecord) throws {
    if run.state.isActive {
      throw Failure(
        "\(run.name) is still \(run.state.rawValue)",
        hint: "`orchestrate cancel \(run.name)` ends it first", status: .usage)
    }
    switch run.state {
    case .completed:
      throw Failure(
        "\(run.name) has completed",
        hint: "`orchestrate submit --again` makes a new run of its config",
        status: .usage)
    case .diverged:
      throw Failure(
        "\(run.name) diverged, and would from the same checkpoint again",
        hint: "change what made it diverge: `orchestrate submit JOB-FILE --set learning_rate=…`",
        status: .usage)
    default: break
    }
  }

  /// The script that a plan would be submitted with; its token's random part is shown as zeros.
  public func preview(_ plan: Plan) throws -> PreparedSubmission {
    let template = try plan.recipe.template(sha256: plan.templateSHA256, in: registry)
    return try PreparedSubmission(
      plan.recipe,
      runs: plan.runs.map { try ManifestRun($0) },
      token: "\(plan.recipe.experiment).000000000000", template: template, project: project)
  }

  /// Takes the old tokens back and submits a plan.
  /// - Returns: the submission; `nil` where another process was first.
  public func submit(_ plan: Plan) async throws -> Submitter.Submission? {
    guard let executor = executors[plan.executor] else { return nil }
    let starts = plan.starts
    let newer = try inParallel(plan.runs) { part in
      try part.map { try Self.takeBack($0, after: starts[$0.id, default: 0]) }
    }
    for (run, claim) in zip(plan.runs, newer) {
      guard let claim else { continue }
      throw Failure(
        "\(run.name) was started again meanwhile by job \(claim.jobID.map(String.init) ?? "?")",
        hint: "`orchestrate status \(run.name)`")
    }
    SubmissionStep.revoked.reached()
    let done = try await Resubmission(project: project, registry: registry, executor: executor)
      .submit(
        plan.runs, plan.recipe, templateSHA256: plan.templateSHA256, because: "tried once more",
        requeues: plan.recipe.retry.maxRequeues, overrides: plan.overrides)
    guard let done else { return nil }
    // What nobody has accepted is no new end of the runs, and what it asked for is not asked for again.
    switch done.outcome {
    case .refused where done.outcome.wantOfRoom == nil, .unreachable:
      try registry.restore(plan.runs, from: done.id)
    case .accepted, .refused, .unconfirmed: break
    }
    return Submitter.Submission(
      token: done.token, directory: done.directory, executor: plan.executor, runs: done.planned,
      isArray: plan.runs.count > 1, outcome: done.outcome)
  }

  /// What is left of a plan of which another process took a part.
  /// - Returns: the rest, and the names of the runs that were taken.
  public func rest(of plan: Plan) throws -> (plan: Plan, taken: [String]) {
    let now = Dictionary(
      try registry.runs(.ids(plan.runs.map(\.id))).map { ($0.id, $0) },
      uniquingKeysWith: { first, _ in first })
    let isTaken = { (run: RunRecord) in
      now[run.id]?.isUnchanged(since: run) != true
    }
    var rest = plan
    rest.runs = plan.runs.filter { !isTaken($0) }
    return (rest, plan.runs.filter(isTaken).map(\.name))
  }

  /// Takes a run's token back.
  /// - Parameter starts: how many claims stood when the user was asked.
  /// - Returns: the claim of a start that came since.
  private static func takeBack(_ run: RunRecord, after starts: Int) throws -> Claim? {
    guard let token = run.token,
      let claim = try Claim.revoke(runDirectory: run.directory, token: token)
    else { return nil }
    // An administrator may have requeued it while a user was asked, and then it trains.
    if claim.generation >= starts { return claim }
    return try Claim.supersede(runDirectory: run.directory, token: token, after: claim)
  }
}
