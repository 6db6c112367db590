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
    let words: String
    switch await availability() {
    case .available: return .slurm
    case .notInstalled: words = "no sbatch here"
    case .notReachable(let reason):
      guard Self.saysThatThereIsNone(reason) else {
        throw Failure(
          "Slurm does not answer: \(reason)",
          hint: "nothing was submitted; try again, or --executor local to run on this machine",
          status: .unavailable)
      }
      words = "no Slurm cluster is configured here"
    }
    options.say("\(words): running on this machine")
    return .local
  }

  /// Whether Slurm's commands said that they found no configuration, neither as a file nor by DNS. One that is silent
  /// for a while is not meant.
  private static func saysThatThereIsNone(_ reason: String) -> Bool {
    ["Could not establish a configuration source", "DNS SRV lookup failed"]
      .contains(where: reason.contains)
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
      // Login nodes that keep no file may be told whom to fetch it from.
      return SlurmConfiguration(inherited: inheritedEnvironment).path != nil
        || inheritedEnvironment["SLURM_CONF_SERVER"].map { !$0.isEmpty } == true
    }
  }
}
