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

/// One attempt at training one config, as it was read.
///
/// A list may hold ten thousand runs, so a copy is one reference.
public struct RunRecord: Sendable, Identifiable {
  let fixed: Fixed

  /// What was read.
  final class Fixed: Sendable {
    let id: Int64
    let name: String
    let experiment: String
    let configID: Int64
    let configSHA256: String
    let configJSON: String
    let submission: Submission?
    let arrayIndex: Int?
    let directory: String
    let createdAt: Double
    let submittedAt: Double?
    let cancelRequestedAt: Double?
    let cancelAskedAt: Double?
    let metricsOffset: Int
    let damagedLines: Int
    let lastStep: Int?
    let lastEpoch: Int?
    let lastValuesJSON: String?
    let restarts: Int
    let overridesJSON: String?
    let state: RunState
    let jobID: Int?
    let startedAt: Double?
    let endedAt: Double?
    let exitCode: Int?
    let signal: Int?
    let nodes: String?
    let reason: String?
    let missingSince: Double?
    let missingClock: String?
    let due: NextStep?

    init(_ row: Row, state: RunState, experiment: String, submission: Submission?) {
      self.experiment = experiment
      self.submission = submission
      id = row[0]
      name = row[1]
      configID = row[3]
      configSHA256 = row[4]
      configJSON = row[5]
      arrayIndex = row[8]
      directory = row[10]
      createdAt = moment(row[11]) ?? 0
      submittedAt = moment(row[12])
      cancelRequestedAt = moment(row[20])
      cancelAskedAt = moment(row[30])
      metricsOffset = row[21]
      damagedLines = count(row[22])
      lastStep = row[23]
      lastEpoch = row[24]
      lastValuesJSON = row[25]
      restarts = count(row[27])
      overridesJSON = row[29]
      self.state = state
      jobID = row[9]
      startedAt = moment(row[13])
      endedAt = moment(row[14])
      exitCode = row[15]
      signal = row[16]
      nodes = row[17]
      reason = row[18]
      missingSince = moment(row[19])
      due = (row[26] as String?).flatMap(NextStep.init)
      missingClock = row[28]
    }
  }

  /// What all runs of one submission have in common.
  final class Submission: Sendable {
    let id: Int64
    let executor: String
    let token: String
    let isArray: Bool
    let directory: String
    let waitingReason: String?
    let cluster: String?

    init(_ row: Row) {
      id = row["id"]
      executor = row["executor"]
      token = row["token"]
      isArray = row["is_array"]
      directory = row["directory"]
      waitingReason = row["waiting_reason"]
      cluster = row["cluster"]
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
  public var executor: String? { fixed.submission?.executor }
  public var submissionID: Int64? { fixed.submission?.id }
  /// The token of the current submission.
  public var token: String? { fixed.submission?.token }
  /// Whether the current submission is an array.
  public var isArray: Bool { fixed.submission?.isArray ?? false }
  public var arrayIndex: Int? { fixed.arrayIndex }
  /// The absolute path of the run directory.
  public var directory: String { fixed.directory }
  /// The absolute path of the current submission's directory.
  public var submissionDirectory: String? { fixed.submission?.directory }
  public var state: RunState { fixed.state }
  public var jobID: Int? { fixed.jobID }
  public var startedAt: Double? { fixed.startedAt }
  public var endedAt: Double? { fixed.endedAt }
  public var exitCode: Int? { fixed.exitCode }
  public var signal: Int? { fixed.signal }
  public var nodes: String? { fixed.nodes }
  public var reason: String? { fixed.reason }
  /// Since when the executor no longer sees the job; `nil` while it does.
  public var missingSince: Double? { fixed.missingSince }
  /// ``missingSince`` by a clock that nobody sets.
  public var missingClock: String? { fixed.missingClock }
  /// What is to be done next, where the executor's part is over and the run's is not.
  public var due: NextStep? { fixed.due }
  public var createdAt: Double { fixed.createdAt }
  public var submittedAt: Double? { fixed.submittedAt }
  /// When a user asked for the run's end, if one did.
  public var cancelRequestedAt: Double? { fixed.cancelRequestedAt }
  /// When the executor was last asked for it, if it was.
  public var cancelAskedAt: Double? { fixed.cancelAskedAt }
  /// The cluster that the current submission was handed to; `nil` where that is not known.
  public var cluster: String? { fixed.submission?.cluster }
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

  /// Why the tasks of its submission wait, as the executor said last.
  public var waitingReason: String? { fixed.submission?.waitingReason }
  /// Why the run is in its state, in words for a user.
  public var shownReason: String? { reason ?? (state == .pending ? waitingReason : nil) }
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

/// A time of a registry that anybody may have written: none where it lies thousands of years away.
private func moment(_ seconds: Double?) -> Double? {
  seconds.flatMap { abs($0) < 1e11 ? $0 : nil }
}

/// A number of things in such a registry, small enough to be added to others.
private func count(_ number: Int) -> Int { min(max(0, number), 1_000_000_000) }
