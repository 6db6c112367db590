import GRDB
import RunContract

/// Which runs are asked for. Every condition that is set must hold.
public struct RunFilter: Sendable {
  public var ids: [Int64]?
  public var names: [String]?
  public var experiment: String?
  public var states: [RunState]?
  public var jobID: Int?
  public var arrayIndex: Int?
  public var submissionID: Int64?
  public var configID: Int64?
  /// Only runs that ended at or after this time, in seconds since 1970.
  public var endedSince: Double?
  /// Only runs for which orchestrate has something left to do.
  public var isDue = false
  /// Only the newest this many, still in the order of their making.
  public var limit: Int?

  /// All runs.
  public init() {}

  /// The runs of one experiment.
  public static func experiment(_ name: String) -> RunFilter {
    var filter = RunFilter()
    filter.experiment = name
    return filter
  }

  /// The runs in one of these states.
  public static func states(_ states: [RunState]) -> RunFilter {
    var filter = RunFilter()
    filter.states = states
    return filter
  }

  /// The run with this name.
  public static func name(_ name: String) -> RunFilter {
    var filter = RunFilter()
    filter.names = [name]
    return filter
  }

  /// The runs of one job, or of one task of it.
  public static func job(_ id: Int, arrayIndex: Int? = nil) -> RunFilter {
    var filter = RunFilter()
    filter.jobID = id
    filter.arrayIndex = arrayIndex
    return filter
  }

  /// The runs with these keys.
  public static func ids(_ ids: [Int64]) -> RunFilter {
    var filter = RunFilter()
    filter.ids = ids
    return filter
  }

  /// The whole question, in no order.
  package var query: (sql: String, arguments: StatementArguments) {
    (RunReader.selection + sql.condition, sql.arguments)
  }

  var sql: (condition: String, arguments: StatementArguments) {
    var parts: [String] = []
    var arguments: StatementArguments = []
    // One argument however long the list is: a statement may have only so many.
    func any(_ column: String, _ values: [JSONValue]) {
      parts.append("\(column) IN (SELECT value FROM json_each(?))")
      arguments += [JSONValue.array(values).canonical]
    }
    func equal(_ column: String, _ value: (some DatabaseValueConvertible)?) {
      guard let value else { return }
      parts.append("\(column) = ?")
      arguments += [value]
    }
    if let ids { any("run.id", ids.map { .number(Double($0)) }) }
    if let names { any("run.name", names.map { .string($0) }) }
    // Of all runs nearly every one has ended, and few have ended lately: where both are asked for, the
    // plus keeps SQLite from going through the index of states.
    let state = endedSince == nil ? "run.state" : "+run.state"
    if let states { any(state, states.map { .string($0.rawValue) }) }
    if let experiment {
      parts.append("run.experiment_id = (SELECT id FROM experiment WHERE name = ?)")
      arguments += [experiment]
    }
    equal("run.job_id", jobID)
    equal("run.array_index", arrayIndex)
    equal("run.submission_id", submissionID)
    equal("run.config_id", configID)
    if isDue { parts.append("run.due IS NOT NULL") }
    if let endedSince {
      // SQLite would otherwise think it likely, and go through all runs in the order of their keys.
      parts.append("likelihood(run.ended_at >= ?, 0.0001)")
      arguments += [endedSince]
    }
    return (parts.isEmpty ? "" : " WHERE " + parts.joined(separator: " AND "), arguments)
  }
}
