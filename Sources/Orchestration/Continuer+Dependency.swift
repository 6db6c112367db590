import Registry
import Scheduler

extension Continuer {
  /// Seconds by which an end may be noted after it came.
  private static let lateness = 60.0

  /// A recipe as it is to be handed over now, later than its maker meant. Slurm starts at once what waits for a
  /// job that it has forgotten, and what was meant may have gone on under another id since.
  /// - Parameter submission: the one that the recipe was made for.
  /// - Returns: `nil` where that is not known at the moment.
  /// - Throws: ``Failure`` where it was to wait for a success that did not come, as far as the registry knows.
  func waiting(
    _ recipe: Recipe, of submission: SubmissionRecord, _ executor: any Executor,
    _ report: inout Report
  ) async throws -> Recipe? {
    guard let dependency = recipe.dependency else { return recipe }
    var names = JobNames(executor: executor, report: report)
    defer { names.keep(in: &report) }
    var former: [Int: FormerJob] = [:]
    var jobs: [(condition: String, job: String)] = []
    for job in WaitedJob.all(in: dependency) {
      let known = try former[job.id] ?? registry.formerJob(job.id, before: submission)
      former[job.id] = known
      guard let now = try await self.jobs(insteadOf: job, known, submission, &names) else {
        return nil
      }
      jobs += now.map { (job.condition, $0) }
    }
    var now = recipe
    now.dependency = WaitedJob.dependency(on: jobs)
    return now
  }

  /// The jobs that stand now for one that was to be waited for: `7` or `7_3`.
  /// - Returns: none where there is nothing left to wait for, and `nil` where that is not known.
  private func jobs(
    insteadOf job: WaitedJob, _ former: FormerJob, _ submission: SubmissionRecord,
    _ names: inout JobNames
  ) async throws -> [String]? {
    let runs = former.runs(at: job.arrayIndex)
    // What had ended by then was not meant: somebody else's job had its id.
    let earliest = submission.createdAt - Self.lateness
    guard let token = former.token,
      runs.contains(where: { $0.state.isActive || ($0.endedAt ?? .infinity) >= earliest })
    else { return try await foreign(job, &names) }
    if runs.contains(where: \.state.isActive),
      runs.allSatisfy({ run in
        former.isStill(run) && (run.state.isActive || run.state == .completed || !job.needsSuccess)
      })
    {
      return await names.isCalled(job.id, token) ? [job.text] : nil
    }
    var jobs: [String] = []
    for run in runs {
      if run.state.isActive {
        guard let id = run.jobID, run.missingSince == nil, run.due == nil,
          await names.isCalled(id, run.token ?? "")
        else { return nil }
        jobs.append(run.arrayTask.map { "\(id)_\($0)" } ?? "\(id)")
      } else if job.needsSuccess, run.state != .completed {
        throw Failure(
          "it was to start after the success of \(run.name), which has ended as \(run.state.rawValue)",
          hint: "submit it again, after whatever has taken that run's place")
      }
    }
    return jobs
  }

  /// A job that the registry does not know. What has been forgotten has ended, so only success is asked for.
  private func foreign(_ job: WaitedJob, _ names: inout JobNames) async throws -> [String]? {
    guard job.needsSuccess else { return [job.text] }
    switch await names.name(of: job.id) {
    case .unknown: return nil
    case .name: return [job.text]
    case .none:
      throw Failure(
        "it was to start after the success of job \(job.text), which Slurm has forgotten since",
        hint: "submit it again, after whatever has taken that job's place")
    }
  }
}

/// The names of jobs. What the look of this round has shown is not asked for, and nothing is asked twice.
private struct JobNames {
  private let executor: any Executor
  private let queue: Observation?
  private var known: [Int: JobName]

  init(executor: any Executor, report: Continuer.Report) {
    self.executor = executor
    queue = executor.name == .slurm ? report.queue : nil
    known = report.names
  }

  /// Keeps what was asked for; who did not answer is not asked again in this round.
  func keep(in report: inout Continuer.Report) {
    report.names = known
    if known.values.contains(.unknown) { report.silent.insert(executor.name) }
  }

  mutating func name(of id: Int) async -> JobName {
    if let name = queue?.nameOfJob(id) { return .name(name) }
    if let name = known[id] { return name }
    let name = await executor.nameOfJob(id)
    known[id] = name
    return name
  }

  /// Whether a job is there and ours. Its end, or that it was forgotten, is recorded by whoever looks next.
  mutating func isCalled(_ id: Int, _ token: String) async -> Bool {
    await name(of: id) == .name(token)
  }
}
