/// The environment variables that every trainer is given besides its parameters.
public enum EnvironmentName {
  /// The run's directory, an absolute path.
  public static let runDirectory = "ORCHESTRATE_RUN_DIR"
  /// The path of the run's `config.json`.
  public static let config = "ORCHESTRATE_CONFIG"
  /// The path of the run's `metrics.jsonl`.
  public static let metrics = "ORCHESTRATE_METRICS"
  /// `1` where the run was started before and may find checkpoints, else `0`.
  public static let resume = "ORCHESTRATE_RESUME"
  /// The token of the sbatch call (or local submission) that started the run.
  public static let token = "ORCHESTRATE_TOKEN"
  /// How often this job was requeued before this start; 0 at first.
  public static let restart = "ORCHESTRATE_RESTART"
}

/// The names of files in a folder of training data.
public enum DataFile {
  /// Which pairs there are, and the hash of each.
  public static let manifest = "manifest.json"
}

/// The names of files inside a run directory.
public enum RunFile {
  /// The config in canonical JSON.
  public static let config = "config.json"
  /// A chain of files for each token that the run was ever started under; see ``Claim``.
  public static let claims = "claims"
  /// The token and restart count that may write here now.
  public static let owner = "owner"
  /// One JSON object a line; see ``MetricRecord``.
  public static let metrics = "metrics.jsonl"
  /// Touched at least every ``heartbeatInterval`` seconds while the trainer lives.
  public static let heartbeat = "heartbeat"
  /// Checkpoints in safetensors.
  public static let checkpoints = "checkpoints"
  /// What the run was made of: hashes, versions, host.
  public static let provenance = "provenance.json"
  /// How the run ended; see ``ExitRecord``.
  public static let exit = "exit.json"
  /// Standard output and error of the trainer.
  public static let output = "output.log"

  /// Seconds between two touches of the heartbeat.
  public static let heartbeatInterval = 5
}

/// The exit codes that a trainer speaks with.
public enum TrainerExit: Int32, Sendable {
  /// The training has come to its end. Of a trainer that has a handler for TERM and was told to end it does not
  /// say so: the job script takes it for an end by that signal.
  case finished = 0
  /// The command line was wrong.
  case usage = 64
  /// The data or the config was wrong.
  case badData = 65
  /// A checkpoint was written before the end; run me again: the job script asks Slurm for a requeue, and
  /// where that is refused orchestrate submits a continuation.
  case runAgain = 75
  /// The run belongs to another start or its token was revoked. The job script says so before anything
  /// is trained; a trainer that finds `owner` changed stops with it and writes no more.
  case claimRefused = 76
  /// A gradient was not finite or exploded past the guard's bound.
  case diverged = 86
}

/// The environment variable that carries a parameter: `corr_weight` becomes `CORR_WEIGHT`.
public func environmentName(ofParameter name: String) -> String {
  String(name.map { $0 == "-" || $0 == "." ? "_" : $0 }).uppercased()
}
