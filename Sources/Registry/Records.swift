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
  /// What is to be done next, where the executor's part is over and the run's is not.
  public var due: NextStep?
  /// How often it was started again before its current submission.
  public let restarts: Int
  /// ``missingSince`` by a clock that nobody sets.
  public var missingClock: String?
  /// What its next submission asks sbatch for in place of the recipe, option by option.
  public let overridesJSON: String?
  /// Why the current submission waits, in the executor's words.
  let waitingReason: String?
  /// Bytes of `metrics.jsonl` that have been taken in.
  public let metricsOffset: Int
  /// Lines of `metrics.jsonl` that were no records.
  public let damagedLines: Int
  public let lastStep: Int?
  public let lastEpoch: Int?
  let lastValuesJSON: String?
  /// The absolute path of the current submission's directory.
  public let submissionDirectory: String?

  /// Why the run is in its state, in words for a user.
  public var shownReason: String? { reason ?? (state == .pending ? waitingReason : nil) }
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

/// What orchestrate has to do next with a run that is not over.
public enum NextStep: String, Sendable {
  /// It never started, and its token was taken back: it is to be submitted under a new one.
  case resubmit
  /// It was interrupted and may go on from its checkpoint.
  case goOn = "continue"
}

extension RunRecord: FetchableRecord {
  /// The columns in the order in which ``init(row:)`` reads them: by place, because a name costs ten
  /// times as much, and a list may hold ten thousand runs.
  static let selection = """
    SELECT run.id, run.name, experiment.name, run.config_id, config.sha256, config.json,
      CAST(config.json ->> 'epochs' AS INTEGER), run.state, submission.executor, run.submission_id,
      submission.token, submission.is_array, run.array_index, run.job_id, submission.directory,
      run.directory, run.created_at, run.submitted_at, run.started_at, run.ended_at, run.exit_code,
      run.signal, run.nodes, run.reason, run.missing_since, run.cancel_requested_at,
      run.metrics_offset, run.damaged_lines, run.last_step, run.last_epoch, run.last_values,
      run.due, run.restarts, run.missing_clock, run.overrides, submission.waiting_reason
    FROM run
    JOIN experiment ON experiment.id = run.experiment_id
    JOIN config ON config.id = run.config_id
    LEFT JOIN submission ON submission.id = run.submission_id
    """

  public init(row: Row) throws {
    id = row[0]
    name = row[1]
    experiment = row[2]
    configID = row[3]
    configSHA256 = row[4]
    configJSON = row[5]
    epochs = row[6]
    let word: String = row[7]
    guard let state = RunState(rawValue: word) else {
      throw DatabaseError(message: "run \(name) has the unknown state \(word)")
    }
    self.state = state
    executor = row[8]
    submissionID = row[9]
    token = row[10]
    isArray = row[11] ?? false
    arrayIndex = row[12]
    jobID = row[13]
    submissionDirectory = row[14]
    directory = row[15]
    createdAt = row[16]
    submittedAt = row[17]
    startedAt = row[18]
    endedAt = row[19]
    exitCode = row[20]
    signal = row[21]
    nodes = row[22]
    reason = row[23]
    missingSince = row[24]
    cancelRequestedAt = row[25]
    metricsOffset = row[26]
    damagedLines = row[27]
    lastStep = row[28]
    lastEpoch = row[29]
    lastValuesJSON = row[30]
    due = (row[31] as String?).flatMap(NextStep.init)
    restarts = row[32]
    missingClock = row[33]
    overridesJSON = row[34]
    waitingReason = row[35]
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
