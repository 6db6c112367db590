import RunContract
import Orchestration
import Registry
import Scheduler
import Terminal

/// A Slurm job that the registry does not know: shown first, cancelled only on the user's word.
struct ForeignJob {
  let target: Target
  let slurm: SlurmExecutor
  let options: GlobalOptions
  /// Whether the answer is JSON of the registry's runs, which it must not disturb.
  var isBesideJSON = false

  private static func parts(_ target: Target) -> (id: Int, task: Int?)? {
    switch target {
    case .job(let id): (id, nil)
    case .task(let id, let index): (id, index)
    case .name, .experiment, .run: nil
    }
  }

  /// Whether Slurm has given the id of runs that have ended to another job meanwhile.
  static func isReused(
    _ target: Target, knownAs runs: [RunRecord], _ slurm: SlurmExecutor
  ) async throws -> Bool {
    guard let (id, task) = parts(target) else { return false }
    guard let job = try? await slurm.describe(jobID: id, arrayIndex: task) else { return false }
    return job.isLive && !runs.contains { $0.token == job.name }
  }

  /// Its name on the command line.
  var text: String {
    guard let (id, task) = Self.parts(target) else { return "" }
    return task.map { "\(id)_\($0)" } ?? "\(id)"
  }

  /// Whether an error says that Slurm cannot be reached.
  static func isUnreachable(_ error: any Error) -> Bool {
    (error as? SlurmFailure)?.isUnreachable ?? ((error as? Failure)?.status == .unavailable)
  }

  func cancel(yes: Bool, dryRun: Bool) async throws {
    guard let (id, task) = Self.parts(target) else { return }
    if !slurm.isInstalled {
      throw Failure(
        "the registry knows no job \(text), and there is no Slurm here to ask",
        hint: "runs on this machine are cancelled by their names", status: .nothing)
    }
    guard let job = try await slurm.describe(jobID: id, arrayIndex: task) else {
      throw Failure(
        "neither the registry nor Slurm knows job \(text)",
        hint: "`squeue --me` lists your jobs", status: .nothing)
    }
    guard job.isLive else {
      throw Failure("job \(text) has already ended: \(job.state)", status: .nothing)
    }
    options.say("job \(text) is not in the registry:")
    options.say("  name \(printable(job.name)), user \(job.owner), \(job.state)")
    if dryRun { return tell("would cancel job \(text)") }
    try confirm("Cancel it?", yes: yes)
    let outcome = await slurm.cancelForeign(jobID: id, arrayIndex: task)
    if outcome.isUnreachable {
      throw Failure(outcome.failures.joined(separator: "; "), status: .unavailable)
    }
    guard outcome.failures.isEmpty else { throw Failure(outcome.failures.joined(separator: "; ")) }
    tell("job \(text)  asked to end")
  }

  private func tell(_ words: String) {
    if isBesideJSON { options.say(words) } else { Stream.output.line(words) }
  }
}
