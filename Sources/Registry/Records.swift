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
///
/// What news may change is in the value itself; everything else is shared between copies, because a list
/// may hold ten thousand runs.
public struct RunRecord: Sendable, Identifiable {
  let fixed: Fixed
  public var state: RunState
  public var jobID: Int?
  public var startedAt: Double?
  public var endedAt: Double?
  public var exitCode: Int?
  public var signal: Int?
  public var nodes: String?
  public var reason: String?
  /// Since when the executor no longer sees the job; `nil` while it does.
  public var missingSince: Double?
  /// ``missingSince`` by a clock that nobody sets.
  public var missingClock: String?
  /// What is to be done next, where the executor's part is over and the run's is not.
  public var due: NextStep?

  /// What a look at the run does not change.
  final class Fixed: Sendable {
    let id: Int64
    let name: String
    let experiment: String
    let configID: Int64
    let configSHA256: String
    let configJSON: String
    let executor: String?
    let submissionID: Int64?
    let token: String?
    let isArray: Bool
    let arrayIndex: Int?
    let directory: String
    let submissionDirectory: String?
    let createdAt: Double
    let submittedAt: Double?
    let cancelRequestedAt: Double?
    let metricsOffset: Int
    let damagedLines: Int
    let lastStep: Int?
    let lastEpoch: Int?
    let lastValuesJSON: String?
    let restarts: Int
    let overridesJSON: String?
    let waitingReason: String?

    init(_ row: Row) {
      id = row[0]
      name = row[1]
      experiment = row[2]
      configID = row[3]
      configSHA256 = row[4]
      configJSON = row[5]
      executor = row[7]
      submissionID = row[8]
      token = row[9]
      isArray = row[10] ?? false
      arrayIndex = row[11]
      submissionDirectory = row[13]
      directory = row[14]
      createdAt = row[15]
      submittedAt = row[16]
      cancelRequestedAt = row[24]
      metricsOffset = row[25]
      damagedLines = row[26]
      lastStep = row[27]
      lastEpoch = row[28]
      lastValuesJSON = row[29]
      restarts = row[31]
      overridesJSON = row[33]
      waitingReason = row[34]
    }
  }
}

extension RunRecord {
  public var id: Int64 { fixed.id }
  /// `<experiment>-<number>`.
  public var name: String { fixed.name }
  public var experiment: String { fixed.experiment }
  /// The config's key in the registry.
  public var configID: Int64 { fixed.configID }
  /// SHA-256 of the config.
  public var configSHA256: String { fixed.configSHA256 }
  /// The config's canonical JSON.
  public var configJSON: String { fixed.configJSON }
  /// `slurm` or `local`; `nil` before it was submitted.
  public var executor: String? { fixed.executor }
  public var submissionID: Int64? { fixed.submissionID }
  /// The token of the current submission.
  public var token: String? { fixed.token }
  /// Whether the current submission is an array.
  public var isArray: Bool { fixed.isArray }
  public var arrayIndex: Int? { fixed.arrayIndex }
  /// The absolute path of the run directory.
  public var directory: String { fixed.directory }
  /// The absolute path of the current submission's directory.
  public var submissionDirectory: String? { fixed.submissionDirectory }
  public var createdAt: Double { fixed.createdAt }
  public var submittedAt: Double? { fixed.submittedAt }
  /// When a user asked for the run's end, if one did.
  public var cancelRequestedAt: Double? { fixed.cancelRequestedAt }
  /// Bytes of `metrics.jsonl` that have been taken in.
  public var metricsOffset: Int { fixed.metricsOffset }
  /// Lines of `metrics.jsonl` that were no records.
  public var damagedLines: Int { fixed.damagedLines }
  public var lastStep: Int? { fixed.lastStep }
  public var lastEpoch: Int? { fixed.lastEpoch }
  var lastValuesJSON: String? { fixed.lastValuesJSON }
  /// How often it was started again before its current submission.
  public var restarts: Int { fixed.restarts }
  /// What its next submission asks sbatch for in place of the recipe, option by option.
  public var overridesJSON: String? { fixed.overridesJSON }

  /// Why the run is in its state, in words for a user.
  public var shownReason: String? { reason ?? (state == .pending ? fixed.waitingReason : nil) }
  /// The array index where the job is a task of an array.
  public var arrayTask: Int? { isArray ? arrayIndex : nil }

  // Read on demand: a list of ten thousand runs needs none of them.

  /// The hyperparameters.
  public var config: Config {
    (try? Config(json: Data(configJSON.utf8))) ?? Config(parameters: [:])
  }
  /// The epochs that the config asks for, where it says.
  public var epochs: Int? {
    config.parameters["epochs"].flatMap { Int($0.text) }
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
  /// times as much.
  static let selection = """
    SELECT run.id, run.name, experiment.name, run.config_id, config.sha256, config.json, run.state,
      submission.executor, run.submission_id, submission.token, submission.is_array,
      run.array_index, run.job_id, submission.directory, run.directory, run.created_at,
      run.submitted_at, run.started_at, run.ended_at, run.exit_code, run.signal, run.nodes,
      run.reason, run.missing_since, run.cancel_requested_at, run.metrics_offset,
      run.damaged_lines, run.last_step, run.last_epoch, run.last_values, run.due, run.restarts,
      run.missing_clock, run.overrides, submission.waiting_reason
    FROM run
    JOIN experiment ON experiment.id = run.experiment_id
    JOIN config ON config.id = run.config_id
    LEFT JOIN submission ON submission.id = run.submission_id
    """

  public init(row: Row) throws {
    fixed = Fixed(row)
    let word: String = row[6]
    guard let state = RunState(rawValue: word) else {
      throw DatabaseError(message: "run \(fixed.name) has the unknown state \(word)")
    }
    self.state = state
    jobID = row[12]
    startedAt = row[17]
    endedAt = row[18]
    exitCode = row[19]
    signal = row[20]
    nodes = row[21]
    reason = row[22]
    missingSince = row[23]
    due = (row[30] as String?).flatMap(NextStep.init)
    missingClock = row[32]
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
