import Orchestration
import Registry
import RunContract
import Scheduler

/// Turns `--after` into Slurm's dependency.
///
/// Slurm forgets jobs some minutes after their end, and what waits for a job that it does not know
/// starts at once. So every job is looked up first, what has ended is judged here, and only what still
/// waits or runs is left to Slurm.
struct Dependency {
  let workshop: Workshop

  /// `afterok:7:8_3,afterany:9`, or `nil` where nothing is left to wait for.
  /// - Throws: ``Failure`` where a job is unknown, or has ended in a way that what waits for it would
  ///   never start.
  func expression(for texts: [String]) async throws -> String? {
    var jobs: [AfterWhat.Condition: [String]] = [:]
    for text in texts {
      let what = try AfterWhat(text)
      for job in try await self.jobs(of: what)
      where !jobs[what.condition, default: []].contains(job) {
        jobs[what.condition, default: []].append(job)
      }
    }
    let parts = AfterWhat.Condition.allCases.compactMap { condition in
      jobs[condition].map { ([condition.rawValue] + $0).joined(separator: ":") }
    }
    return parts.isEmpty ? nil : parts.joined(separator: ",")
  }

  private func jobs(of what: AfterWhat) async throws -> [String] {
    let named = try NamedRuns(what.target, in: workshop.registry)
    let known = named.before
    if known.isEmpty { return try await foreignJobs(of: what) }
    // An id that was used again is another job's by now.
    if known.allSatisfy({ !$0.state.isActive }),
      try await ForeignJob.isReused(what.target, knownAs: known, workshop.slurm)
    {
      return try await foreignJobs(of: what)
    }
    let round = try await workshop.reconciler.reconcile(.ids(named.reach))
    guard round.isComplete else {
      throw Failure(
        "whether \(what.text) still runs is not known: \(round.warnings.joined(separator: "; "))",
        hint: "nothing was submitted; try again when Slurm answers", status: .unavailable)
    }
    var runs = try workshop.registry.runs(.ids(named.after(workshop.registry)))
    if runs.isEmpty { return try await foreignJobs(of: what) }
    if what.condition == .ok, !known.contains(where: { $0.name == what.name }), what.isName {
      runs = Self.newestOfEachConfig(runs)
    }
    return try jobs(of: runs, what)
  }

  /// What still runs, and of the others the newest run of each config: one that failed, and was run once
  /// more, says nothing.
  private static func newestOfEachConfig(_ runs: [RunRecord]) -> [RunRecord] {
    var newest: [Int64: Int64] = [:]
    for run in runs { newest[run.configID] = max(run.id, newest[run.configID] ?? 0) }
    return runs.filter { $0.state.isActive || newest[$0.configID] == $0.id }
  }

  // MARK: Runs of the registry

  private func jobs(of runs: [RunRecord], _ what: AfterWhat) throws -> [String] {
    let ended = runs.filter { !$0.state.isActive }
    if what.condition == .ok, let bad = ended.first(where: { $0.state != .completed }) {
      throw what.neverStarts(bad.name, ended: bad.state.rawValue)
    }
    let active = runs.filter(\.state.isActive)
    for run in active { try check(run) }
    return try Dictionary(grouping: active) { $0.jobID ?? 0 }
      .sorted { $0.key < $1.key }
      .flatMap { id, tasks in try names(of: tasks, in: id, what.condition) }
  }

  /// Whether Slurm can wait for a run.
  private func check(_ run: RunRecord) throws {
    guard run.executor == ExecutorName.slurm.rawValue || run.executor == nil else {
      throw Failure("\(run.name) is no job of Slurm", status: .usage)
    }
    if let cluster = run.cluster, let asked = workshop.slurm.cluster, cluster != asked {
      throw Failure(
        "\(run.name) is on the cluster \(printable(cluster)), and Slurm here is that of "
          + "\(printable(asked)): neither waits for a job of the other",
        hint: "SLURM_CONF chooses the cluster", status: .usage)
    }
    // Its former job has ended, and has not completed.
    guard run.due == nil else {
      throw Failure(
        "\(run.name) waits to be submitted anew (\(run.state.rawValue)), and has no job until then",
        hint: "`orchestrate status \(run.name)` says why; try again when it is pending",
        status: .nothing)
    }
    guard run.jobID != nil else {
      throw Failure(
        "\(run.name) has no job id yet (\(run.state.rawValue))",
        hint: "`orchestrate status \(run.name)` looks for it; then try again")
    }
    guard run.missingSince == nil else {
      throw Failure(
        "Slurm does not list \(run.name) at the moment, and would not wait for it",
        hint: "`orchestrate status \(run.name)` looks for it; then try again", status: .nothing)
    }
  }

  /// One id for an array where all that is left of it is meant, else one name for each task.
  private func names(
    of tasks: [RunRecord], in id: Int, _ condition: AfterWhat.Condition
  ) throws -> [String] {
    guard tasks.contains(where: \.isArray) else { return ["\(id)"] }
    let meant = Set(tasks.map(\.id))
    let others = try workshop.registry.runs(named: .job(id)).filter { !meant.contains($0.id) }
    // Of a whole array Slurm counts the tasks too that have ended already.
    var isWhole = others.allSatisfy { other in
      other.state == .completed || condition == .any && !other.state.isActive
    }
    // A task whose run was tried again under another job has not completed.
    if isWhole, condition == .ok, let submission = tasks.first?.submissionID {
      isWhole = try !workshop.registry.hasRunsThatLeft(submission)
    }
    return isWhole ? ["\(id)"] : tasks.compactMap(\.arrayTask).sorted().map { "\(id)_\($0)" }
  }

  // MARK: Jobs that Slurm alone knows

  private func foreignJobs(of what: AfterWhat) async throws -> [String] {
    let (id, index): (Int, Int?) =
      switch what.target {
      case .job(let id): (id, nil)
      case .task(let id, let index): (id, index)
      case .name, .experiment, .run:
        throw Failure("\(printable(what.text)) has no runs", status: .nothing)
      }
    guard let job = try await workshop.slurm.describe(jobID: id, arrayIndex: index) else {
      throw Failure(
        "Slurm knows no job \(what.name), and would not wait for it",
        hint: "`squeue --me` lists your jobs", status: .nothing)
    }
    if job.isLive { return [what.name] }
    guard what.condition == .any || job.state == "COMPLETED" else {
      throw what.neverStarts("job \(what.name)", ended: job.state)
    }
    return []
  }
}

/// What `--after` names, and how it must have ended.
struct AfterWhat {
  /// Slurm's own words for how a job must have ended.
  enum Condition: String, CaseIterable {
    case ok = "afterok"
    case any = "afterany"
  }

  /// As the user wrote it.
  let text: String
  /// Without the condition.
  let name: String
  let target: Target
  let condition: Condition

  /// Whether it names a run or an experiment, and no job.
  var isName: Bool { target.isName }

  /// Reads `RUN`, `JOB:ok` or `EXPERIMENT:any`.
  init(_ text: String) throws {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let word = parts.count > 1 ? String(parts[1]) : "ok"
    guard !parts[0].isEmpty, let condition = ["ok": Condition.ok, "any": .any][word] else {
      throw Failure(
        "--after \(printable(text)) is not understood",
        hint:
          "write a run, job or experiment, then :ok (the default: it must complete) or :any (it "
          + "must end)", status: .usage)
    }
    self.text = text
    self.condition = condition
    name = String(parts[0])
    target = Target(name)
  }

  /// What waits for something that has ended badly would wait for ever.
  func neverStarts(_ what: String, ended state: String) -> Failure {
    Failure(
      "\(what) has ended as \(state): what waits for its success would never start",
      hint: "--after \(name):any starts after its end, however it ended", status: .usage)
  }
}
