import Foundation
import GRDB
import RunContract

/// A job file that has been taken in.
public struct ExperimentRecord: Sendable, Identifiable {
  public let id: Int64
  public let name: String
  public let createdAt: Double
}

/// A config in the registry.
public struct ConfigRecord: Sendable, Identifiable {
  public let id: Int64
  public let config: Config
  /// SHA-256 of the canonical JSON.
  public let sha256: String
  public let createdAt: Double

  /// The digits of the id that tables show.
  public var shortID: String { String(sha256.prefix(Config.shortIDLength)) }
}

/// One attempt at training one config.
public struct RunRecord: Sendable, Identifiable {
  public let id: Int64
  /// `<experiment>-<number>`.
  public let name: String
  public let experiment: String
  /// The config's key in the registry.
  public let configID: Int64
  /// SHA-256 of the config.
  public let configSHA256: String
  /// The config's canonical JSON.
  public let configJSON: String
  /// The epochs that the config asks for, where it says.
  public let epochs: Int?
  public var state: RunState
  /// `slurm` or `local`; `nil` before it was submitted.
  public let executor: String?
  public let submissionID: Int64?
  /// The token of the current submission.
  public let token: String?
  /// Whether the current submission is an array.
  public let isArray: Bool
  public let arrayIndex: Int?
  public var jobID: Int?
  /// The absolute path of the run directory.
  public let directory: String
  public let createdAt: Double
  public let submittedAt: Double?
  public var startedAt: Double?
  public var endedAt: Double?
  public var exitCode: Int?
  public var signal: Int?
  public var nodes: String?
  public var reason: String?
  /// Since when the executor no longer sees the job; `nil` while it does.
  public var missingSince: Double?
  /// When a user asked for the run's end, if one did.
  public let cancelRequestedAt: Double?
  /// Bytes of `metrics.jsonl` that have been taken in.
  public let metricsOffset: Int
  /// Lines of `metrics.jsonl` that were no records.
  public let damagedLines: Int
  public let lastStep: Int?
  public let lastEpoch: Int?
  let lastValuesJSON: String?
  /// The absolute path of the current submission's directory.
  public let submissionDirectory: String?

  /// The array index where the job is a task of an array.
  public var arrayTask: Int? { isArray ? arrayIndex : nil }

  // Read on demand: a list of ten thousand runs needs neither.

  /// The hyperparameters.
  public var config: Config {
    (try? Config(json: Data(configJSON.utf8))) ?? Config(parameters: [:])
  }
  /// The newest value of each metric.
  public var lastValues: [String: Double] {
    lastValuesJSON.flatMap { try? JSONValue(parsing: $0).object }?.compactMapValues(\.number) ?? [:]
  }
  /// The digits of the config's id that tables show.
  public var configShortID: String { String(configSHA256.prefix(Config.shortIDLength)) }
}

extension RunRecord: FetchableRecord {
  static let selection = """
    SELECT run.*, experiment.name AS experiment, config.sha256 AS config_sha256, config.json,
      CAST(config.json ->> 'epochs' AS INTEGER) AS epochs, submission.executor, submission.token,
      submission.is_array, submission.directory AS submission_directory
    FROM run
    JOIN experiment ON experiment.id = run.experiment_id
    JOIN config ON config.id = run.config_id
    LEFT JOIN submission ON submission.id = run.submission_id
    """

  public init(row: Row) throws {
    id = row["id"]
    name = row["name"]
    experiment = row["experiment"]
    configID = row["config_id"]
    configSHA256 = row["config_sha256"]
    configJSON = row["json"]
    epochs = row["epochs"]
    let word: String = row["state"]
    guard let state = RunState(rawValue: word) else {
      throw DatabaseError(message: "run \(name) has the unknown state \(word)")
    }
    self.state = state
    executor = row["executor"]
    submissionID = row["submission_id"]
    token = row["token"]
    isArray = row["is_array"] ?? false
    arrayIndex = row["array_index"]
    jobID = row["job_id"]
    submissionDirectory = row["submission_directory"]
    directory = row["directory"]
    createdAt = row["created_at"]
    submittedAt = row["submitted_at"]
    startedAt = row["started_at"]
    endedAt = row["ended_at"]
    exitCode = row["exit_code"]
    signal = row["signal"]
    nodes = row["nodes"]
    reason = row["reason"]
    missingSince = row["missing_since"]
    cancelRequestedAt = row["cancel_requested_at"]
    metricsOffset = row["metrics_offset"]
    damagedLines = row["damaged_lines"]
    lastStep = row["last_step"]
    lastEpoch = row["last_epoch"]
    lastValuesJSON = row["last_values"]
  }
}

extension ConfigRecord: FetchableRecord {
  public init(row: Row) throws {
    id = row["id"]
    sha256 = row["sha256"]
    config = try Config(json: Data((row["json"] as String).utf8))
    createdAt = row["created_at"]
  }
}

extension ExperimentRecord: FetchableRecord {
  public init(row: Row) throws {
    id = row["id"]
    name = row["name"]
    createdAt = row["created_at"]
  }
}
