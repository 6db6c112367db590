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
  /// Seconds between two tries where there was no room: the next job that ends makes some.
  static let pauseForRoom = 15.0
  /// Seconds of a round after which nothing more is begun in it.
  static let longestRound = 20.0
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
    /// Where there was no room for what was submitted last: nothing else is tried there in this round.
    var full: Set<RoomKey> = []
    /// When the round began, on a clock that nobody steps, and how much was handed over in it.
    private let start = ProcessInfo.processInfo.systemUptime
    private var handed = 0
    /// Whether the rest is left for the next round: who only wants to look does not wait for many slow answers.
    var isLate: Bool {
      handed > 0 && ProcessInfo.processInfo.systemUptime - start > Continuer.longestRound
    }
    /// What Slurm's queue showed in this round, where it was looked at.
    var queue: Observation?
    /// The names of jobs that were asked for in this round.
    var names: [Int: JobName] = [:]

    mutating func note(_ outcome: SubmissionOutcome, of executor: any Executor) {
      handed += 1
      if outcome.isUnanswered { silent.insert(executor.name) }
    }
  }

  /// The recipe of a submission, if this user made it and the program that it runs is what it was.
  /// - Throws: ``Failure`` where one of them is somebody else's, or damaged.
  func trustedRecipe(of submission: SubmissionRecord) throws -> Recipe {
    let recipe = try sealedRecipe(of: submission)
    try Program.verify(recipe)
    return recipe
  }

  /// The recipe of a submission, if this user made it; its program may be another one by now.
  func sealedRecipe(of submission: SubmissionRecord) throws -> Recipe {
    guard let text = submission.recipe else {
      throw Failure(
        "\(submission.token) was made by an earlier orchestrate, which kept no recipe",
        hint: "submit its job file again")
    }
    let recipe = try Recipe(text)
    guard try isSealed(submission, recipe), project.isRoot(recipe.workingDirectory) else {
      throw Failure(
        "\(submission.token) was not made by you in this folder, so it is not submitted anew",
        hint:
          "look at its job file and submit that (the key by which you are known is that of HOME, or "
          + "XDG_STATE_HOME)")
    }
    return recipe
  }

  /// Whether this user made a submission, in whatever folder.
  func isSealed(_ submission: SubmissionRecord) -> Bool {
    guard let recipe = submission.recipe.flatMap({ try? Recipe($0) }) else { return false }
    return (try? isSealed(submission, recipe)) ?? false
  }

  /// Whether somebody sealed a submission for this folder.
  func bearsSeal(_ submission: SubmissionRecord) -> Bool {
    let recipe = submission.recipe.flatMap { try? Recipe($0) }
    return submission.seal != nil && project.isRoot(recipe?.workingDirectory ?? "")
  }

  private func isSealed(_ submission: SubmissionRecord, _ recipe: Recipe) throws -> Bool {
    let seal = try Seal.ofUser()
    guard let signature = submission.seal, recipe.text == submission.recipe else { return false }
    return seal.matches(
      signature,
      recipe.sealedText(token: submission.token, templateSHA256: submission.templateSHA256))
  }

  // MARK: Runs that go on

  /// Submits the runs that are due, as few submissions as their recipes allow.
  func carryOut(_ runs: [RunRecord], _ report: inout Report) async throws {
    let waiting = runs.filter(\.isToBeSubmitted)
    if waiting.isEmpty { return }
    let (due, warnings) = project.ownRuns(waiting)
    report.warnings += warnings
    let old = Dictionary(
      uniqueKeysWithValues: try registry.submissions(due.compactMap(\.submissionID)).map {
        ($0.id, $0)
      })
    // Of what waits for room the first runs come first.
    let groups = Dictionary(grouping: due, by: GroupKey.init)
      .sorted { ($0.value.first?.id ?? 0) < ($1.value.first?.id ?? 0) }
    for (key, group) in groups {
      guard !report.isLate, let submission = old[key.submission],
        let executor = ExecutorName(rawValue: submission.executor).flatMap({ executors[$0] }),
        !report.silent.contains(executor.name), isHere(submission, executor, &report)
      else { continue }
      guard isRested(submission, group[0]) else {
        // Where there was no room a moment ago there is none for others, either.
        if WantOfRoom.isReason(group[0].reason), let text = submission.recipe,
          let recipe = try? Recipe(text)
        {
          report.full.insert(RoomKey(recipe, executor.name))
        }
        continue
      }
      do {
        let recipe = try recipe(of: group, submission)
        guard !report.full.contains(RoomKey(recipe, executor.name)) else { continue }
        try await goOn(group, recipe, after: submission, executor, &report)
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
  func isHere(
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

  private func isRested(_ submission: SubmissionRecord, _ run: RunRecord) -> Bool {
    let pause = WantOfRoom.isReason(run.reason) ? Self.pauseForRoom : Self.pause
    return submission.state != .refused
      || Self.hasPassed(pause, since: submission.attemptedAt ?? 0, at: now())
  }

  /// Whether so many seconds lie between two times of the wall's clock. A time in the future was noted by
  /// a clock that has been set back since, and is not waited for.
  package static func hasPassed(_ seconds: Double, since time: Double, at now: Double) -> Bool {
    abs(now - time) > seconds
  }

  /// Takes the tokens back.
  /// - Returns: the runs whose token nobody can start under any more; the others are alive and adopted.
  func fence(_ runs: [RunRecord]) throws -> [RunRecord] {
    var ready: [RunRecord] = []
    var adopted: [RunUpdate] = []
    let held = runs.filter { $0.token != nil }
    for (run, claim) in zip(held, try inParallel(held) { try $0.map(takeBack) }) {
      if let claim {
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
  @Sendable private func takeBack(_ run: RunRecord) throws -> Claim? {
    guard let token = run.token,
      let claim = try Claim.revoke(runDirectory: run.directory, token: token)
    else { return nil }
    if run.due == .resubmit { return claim }
    return try Claim.supersede(runDirectory: run.directory, token: token, after: claim)
  }

  /// What the next submission of these runs is made from.
  /// - Throws: ``Failure`` where this user did not seal it; they wait no more where nobody did, or in another
  ///   folder. Under another HOME one has another key, so what bears a seal waits for its owner.
  private func recipe(of runs: [RunRecord], _ old: SubmissionRecord) throws -> Recipe {
    var recipe: Recipe
    do { recipe = try trustedRecipe(of: old) } catch let error as Failure {
      if bearsSeal(old) { throw error }
      try giveUp(try fence(runs), .failed, because: error.description)
      throw error
    }
    guard let first = runs.first else { return recipe }
    recipe = try recipe.adjusted(by: first.overridesJSON)
    // What has started once waits for nobody any more.
    if first.due == .goOn { (recipe.dependency, recipe.hold) = (nil, false) }
    return recipe
  }

  private func goOn(
    _ runs: [RunRecord], _ recipe: Recipe, after old: SubmissionRecord, _ executor: any Executor,
    _ report: inout Report
  ) async throws {
    if runs[0].due == .resubmit, try giveUpTheUnlucky(runs) { return }
    var recipe = recipe
    do {
      guard let now = try await waiting(recipe, of: old, executor, &report) else { return }
      recipe = now
    } catch let error as Failure {
      // Slurm has ended what waited already; the run that it waited for did not go on after all.
      let state = runs[0].state == .requeued ? RunState.cancelled : .failed
      try giveUp(try fence(runs), state, because: error.description)
      throw error
    }
    guard try Handover.isClear(recipe, of: old.id, in: registry) else { return }
    guard WantOfRoom.isReason(runs[0].reason) else {
      _ = try await submitInPortions(runs, recipe, size: runs.count, executor, &report)
      return
    }
    switch try await askOnceMore(runs, recipe, old, executor, &report) {
    case .some(let outcome?) where outcome.wantOfRoom?.mayTakeFewer == true:
      let now = try registry.runs(.ids(runs.map(\.id))).filter(\.isToBeSubmitted)
      _ = try await submitInPortions(now, recipe, room: runs.count, executor, &report)
    case .some: return
    case nil: _ = try await submitInPortions(runs, recipe, size: 1, executor, &report)
    }
  }

  /// Takes the runs' tokens back and submits them under another one.
  /// - Returns: `nil` where nothing was submitted, for another process or a start was first.
  func submitAnew(
    _ runs: [RunRecord], _ recipe: Recipe, _ executor: any Executor, _ report: inout Report
  ) async throws -> Resubmission.Done? {
    let runs = try fence(runs)
    guard let first = runs.first, let step = first.due, let former = first.submissionID,
      let old = try registry.submissions([former]).first
    else { return nil }
    let reason = step == .goOn ? "continued" : "submitted anew"
    let done = try await Resubmission(project: project, registry: registry, executor: executor)
      .submit(
        runs, recipe, templateSHA256: old.templateSHA256, because: first.reason ?? reason,
        requeues: recipe.retry.maxRequeues - first.restarts, due: step)
    if let done { tell(done.outcome, of: runs, reason, executor, &report) }
    return done
  }

  /// Puts into words what an executor answered.
  func tell(
    _ outcome: SubmissionOutcome, of runs: [RunRecord], _ done: String, _ executor: any Executor,
    _ report: inout Report
  ) {
    report.note(outcome, of: executor)
    let names = runs[0].name + (runs.count > 1 ? " and \(runs.count - 1) more" : "")
    switch outcome {
    case .accepted(let id):
      let job = executor.name == .slurm ? " as job \(id)" : ""
      report.notes.append("\(names): \(done)\(job)")
    case .unconfirmed(let words):
      report.warnings.append("\(names): \(done), unconfirmed: \(words)")
    // Why they wait for room stands beside each of them.
    case .refused where outcome.wantOfRoom != nil: return
    case .refused(let words, _), .unreachable(let words):
      report.warnings.append("\(names) could not be \(done), later once more: \(words)")
    }
  }

  /// Ends runs that were submitted again and again and never started.
  /// - Returns: whether that was so.
  private func giveUpTheUnlucky(_ runs: [RunRecord]) throws -> Bool {
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
