import Foundation
import RunContract
import Orchestration
import Scheduler

extension SlurmExecutor {
  /// Slurm where this machine was told of a cluster or one answers; this machine where there is none. A
  /// cluster that does not answer is an error, and sbatch is the first to say so: its login node is no
  /// place for training.
  func chooseAutomatically(_ options: GlobalOptions) async throws -> ExecutorName {
    guard isInstalled else {
      options.say("no sbatch here: running on this machine")
      return .local
    }
    if try Self.isConfigured { return .slurm }
    // Where nothing is configured Slurm's commands look for a configuration for a minute.
    let asked = SlurmExecutor(limits: SlurmLimits(availability: .seconds(3)))
    if await asked.availability() == .available { return .slurm }
    options.say("no Slurm cluster is configured here: running on this machine")
    return .local
  }

  /// Whether this machine was told of a cluster.
  static var isConfigured: Bool {
    get throws {
      if let path = inheritedEnvironment["SLURM_CONF"], !path.isEmpty {
        guard FileManager.default.fileExists(atPath: path) else {
          throw Failure(
            "Slurm cannot answer: SLURM_CONF names \(path), and there is no such file",
            hint: "nothing was submitted; mend SLURM_CONF, or --executor local to run here",
            status: .unavailable)
        }
        return true
      }
      return SlurmConfiguration(inherited: inheritedEnvironment).path != nil
    }
  }
}
