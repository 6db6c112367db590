import Autograd
import Foundation
import RunContract

/// What `train run` was asked to do, from its flags and the environment of the contract.
public struct RunOptions: Sendable {
  /// The path of the config.
  public var config: String
  /// The run's directory; made where it is missing.
  public var runDirectory: String
  /// A dataset's folder in place of the config's.
  public var data: String?
  /// Threads of the arithmetic.
  public var threads: Int
  /// Bytes of prepared clips that are kept in memory, by each rank.
  public var cacheBytes = 1 << 30
  /// Whether the run goes on from its last checkpoint, where it has one.
  public var resumes: Bool
  /// The checkpoint to go on from in place of the last.
  public var resumePath: String?
  /// Seconds between two checkpoints.
  public var checkpointSeconds = 15.0
  /// How many checkpoints are kept besides the best.
  public var keptCheckpoints = 2
  /// Whether the norm of each layer's gradient is a metric.
  public var layerNorms = false
  /// A folder for the first parameters and each step's pairs.
  public var dumpFolder: String?
  /// The environment.
  public var environment: [String: String]

  /// Flags win over the environment: `ORCHESTRATE_CONFIG`, `ORCHESTRATE_RUN_DIR` and
  /// `ORCHESTRATE_RESUME`, and for the threads `OMP_NUM_THREADS`, else `SLURM_CPUS_PER_TASK`, else 1.
  /// - Throws: ``TrainFailure`` (usage) where neither names a config or a run directory.
  public init(
    config: String? = nil, runDirectory: String? = nil, threads: Int? = nil,
    environment: [String: String]
  ) throws {
    func value(_ flag: String?, _ name: String, _ option: String) throws -> String {
      if let value = flag ?? environment[name], !value.isEmpty { return value }
      throw TrainFailure(.usage, "missing \(option) (or the environment variable \(name))")
    }
    self.config = try value(config, EnvironmentName.config, "--config")
    self.runDirectory = try value(runDirectory, EnvironmentName.runDirectory, "--run-dir")
    self.threads = threads ?? ThreadCount.requested(in: environment)
    resumes = environment[EnvironmentName.resume] == "1"
    self.environment = environment
    guard (1...1024).contains(self.threads) else {
      throw TrainFailure(.usage, "--threads is \(self.threads), must be from 1 to 1024")
    }
  }
}
