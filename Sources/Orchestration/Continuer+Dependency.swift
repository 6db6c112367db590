import Registry
import Scheduler

extension Continuer {
  /// Whether what a submission was to wait for can still be waited for, now that it is handed over later
  /// than its maker meant: Slurm starts at once what waits for a job that it has forgotten.
  /// - Returns: `false` where that is not known at the moment.
  /// - Throws: ``Failure`` where a job is forgotten and did not complete, as far as the registry knows.
  func mayStillWait(_ recipe: Recipe, _ executor: any Executor) async throws(Failure) -> Bool {
    guard let dependency = recipe.dependency else { return true }
    guard let forgotten = await executor.forgottenJobs(of: dependency) else { return false }
    if let job = forgotten.first(where: { !hasCompleted($0) }) {
      throw Failure(
        "it was to start after the success of job \(job), which Slurm has forgotten since",
        hint: "submit it again, after whatever has taken that job's place")
    }
    return true
  }

  private func hasCompleted(_ job: String) -> Bool {
    guard let runs = try? registry.runs(named: Target(job)), !runs.isEmpty else { return false }
    return runs.allSatisfy { $0.state == .completed }
  }
}
