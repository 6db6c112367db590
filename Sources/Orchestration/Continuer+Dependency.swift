import Registry
import Scheduler

extension Continuer {
  /// A recipe as it is to be handed over now, later than its maker meant. Slurm starts at once what waits for a
  /// job that it has forgotten, and what was meant may have gone on under another id since.
  /// - Parameter submission: the one that the recipe was made for; what it was to wait for came before it.
  /// - Returns: `nil` where that is not known at the moment.
  /// - Throws: ``Failure`` where it was to wait for a success that did not come, as far as the registry knows.
  func waiting(
    _ recipe: Recipe, of submission: Int64, _ executor: any Executor
  ) async throws -> Recipe? {
    guard let dependency = recipe.dependency else { return recipe }
    var parts: [String] = []
    for part in dependency.split(separator: ",") {
      let words = part.split(separator: ":").map(String.init)
      guard let condition = words.first else { continue }
      var jobs: [String] = []
      for job in words.dropFirst() {
        let needsSuccess = condition == "afterok"
        guard let now = try await self.jobs(insteadOf: job, needsSuccess, submission, executor)
        else { return nil }
        jobs += now
      }
      if !jobs.isEmpty { parts.append(([condition] + jobs).joined(separator: ":")) }
    }
    var now = recipe
    now.dependency = parts.isEmpty ? nil : parts.joined(separator: ",")
    return now
  }

  /// The jobs that stand now for one that was to be waited for: `7` or `7_3`.
  /// - Returns: none where there is nothing left to wait for, and `nil` where that is not known.
  private func jobs(
    insteadOf job: String, _ needsSuccess: Bool, _ submission: Int64, _ executor: any Executor
  ) async throws -> [String]? {
    let numbers = job.split(separator: "_").map { Int($0) }
    guard let id = numbers.first ?? nil else { return [job] }
    let former = try registry.runs(
      onceUnder: id, arrayIndex: numbers.count > 1 ? numbers[1] : nil, before: submission)
    guard let first = former.runs.first else {
      return try await foreign(job, needsSuccess, executor)
    }
    if former.runs.contains(where: \.state.isActive),
      former.runs.allSatisfy({ run in
        run.submissionID == former.submission && run.jobID == id && run.missingSince == nil
          && run.due == nil && (run.state.isActive || run.state == .completed || !needsSuccess)
      })
    {
      switch await executor.nameOfJob(job) {
      case .name(let name): return name == first.token ? [job] : nil
      // Its end, or that it was forgotten, is recorded by whoever looks next.
      case .none, .unknown: return nil
      }
    }
    var jobs: [String] = []
    for run in former.runs {
      if run.state.isActive {
        guard let id = run.jobID, run.missingSince == nil, run.due == nil else { return nil }
        jobs.append(run.arrayTask.map { "\(id)_\($0)" } ?? "\(id)")
      } else if needsSuccess, run.state != .completed {
        throw Failure(
          "it was to start after the success of \(run.name), which has ended as \(run.state.rawValue)",
          hint: "submit it again, after whatever has taken that run's place")
      }
    }
    return jobs
  }

  /// A job that the registry does not know. What has been forgotten has ended, so only success is asked for.
  private func foreign(
    _ job: String, _ needsSuccess: Bool, _ executor: any Executor
  ) async throws -> [String]? {
    guard needsSuccess else { return [job] }
    switch await executor.nameOfJob(job) {
    case .unknown: return nil
    case .name: return [job]
    case .none:
      throw Failure(
        "it was to start after the success of job \(job), which Slurm has forgotten since",
        hint: "submit it again, after whatever has taken that job's place")
    }
  }
}
