import Foundation
import Orchestration
import Scheduler

extension SlurmExecutor {
  /// Slurm where sbatch answers; this machine where there is no cluster. A cluster that does not answer
  /// is an error: its login node is no place for training.
  func chooseAutomatically(_ options: GlobalOptions) async throws -> ExecutorName {
    // Where nothing is configured Slurm's commands look for a configuration for a minute.
    let patient = Self.isConfigured
    // A cluster that is configured is asked by sbatch itself: what it says of an absent controller is as
    // good as a question of our own before it.
    if patient, isInstalled { return .slurm }
    let asked =
      patient ? self : SlurmExecutor(limits: SlurmLimits(availability: .seconds(3)))
    switch await asked.availability() {
    case .available: return .slurm
    case .notInstalled:
      options.say("no sbatch here: running on this machine")
      return .local
    case .notReachable(let reason):
      guard patient else {
        options.say("no Slurm cluster is configured here: running on this machine")
        return .local
      }
      throw Failure(
        "Slurm does not answer: \(reason)",
        hint: "nothing was submitted; try again later, or --executor local to run here",
        status: .unavailable)
    }
  }

  /// Whether this machine was told of a cluster.
  private static var isConfigured: Bool {
    if let path = ProcessInfo.processInfo.environment["SLURM_CONF"], !path.isEmpty { return true }
    let usual = ["/etc/slurm", "/etc/slurm-llnl", "/run/slurm/conf", "/usr/local/etc"]
    return usual.contains { FileManager.default.fileExists(atPath: "\($0)/slurm.conf") }
  }
}
