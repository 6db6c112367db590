import Foundation
import RunContract

/// Runs on a Slurm cluster, by sbatch, squeue, sacct and scancel alone.
///
/// What it promises:
/// - a script is handed to sbatch once, and only words that Slurm is known to refuse with make it
///   refused; whatever else goes wrong leaves it unconfirmed;
/// - an answer that is none (a failed query, an empty or torn table) never passes for an empty queue;
/// - every command ends in bounded time, with all that it started;
/// - nothing that the caller inherited from another job reaches sbatch;
/// - no job under another name is ever ended by ``cancel(_:)``.
public struct SlurmExecutor: Executor {
  let commands: SlurmCommands

  /// An executor for the cluster that `SLURM_CONF`, or the machine's own configuration, names.
  /// - Parameters:
  ///   - environment: what Slurm's commands may inherit a few names from.
  ///   - runner: what runs the commands; another one for tests.
  ///   - limits: how long each command may take.
  public init(
    environment: [String: String] = inheritedEnvironment,
    runner: any CommandRunner = ProcessRunner(), limits: SlurmLimits = SlurmLimits()
  ) {
    commands = SlurmCommands(runner: runner, inherited: environment, limits: limits)
  }

  public var name: ExecutorName { .slurm }

  /// Calls sbatch on the script, in the working directory. All options are in the script, but for jobs to
  /// wait for that got their ids after it was written.
  public func submit(_ submission: SubmissionRequest) async -> SubmissionOutcome {
    do {
      let result = try await commands.sbatch(
        submission.script, in: submission.workingDirectory, dependency: submission.dependency)
      return await withPartitionHint(SubmissionReply.read(result))
    } catch {
      return SubmissionReply.read(error)
    }
  }

  public func observe(_ jobs: [JobReference]) async -> Observation {
    await observe(jobs, discovering: false)
  }

  public func observe(_ jobs: [JobReference], discovering: Bool) async -> Observation {
    await SlurmObserver(commands: commands).observe(jobs, discovering: discovering)
  }

  /// As the configuration file on this machine says, where there is one.
  public var cluster: String? { SlurmConfiguration(inherited: commands.inherited).clusterName }

  /// This machine, and the configuration that was chosen: login nodes of several clusters often share their
  /// users' homes.
  public var address: String {
    let chosen = ["SLURM_CONF", "SLURM_CONF_SERVER"].compactMap { commands.inherited[$0] }
    return "slurm \(hostName()) \(chosen.joined(separator: " "))"
  }

  /// Its cluster's name and MinJobAge.
  public func site() async -> ExecutorSite? {
    (try? await siteFacts()).map(ExecutorSite.init)
  }

  /// One squeue.
  public func nameOfJob(_ id: Int) async -> JobName {
    do throws(SlurmFailure) {
      return try await describe(jobID: id).map { .name($0.name) } ?? .none
    } catch {
      return .unknown
    }
  }

  /// Cancels jobs and array tasks; a reference without an array index means the whole job, all
  /// tasks of an array included.
  public func cancel(_ jobs: [JobReference]) async -> CancelOutcome {
    await SlurmCanceller(commands: commands).cancel(jobs)
  }
}
