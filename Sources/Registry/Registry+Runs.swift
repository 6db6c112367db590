import Foundation
import GRDB
import RunContract

extension Registry {
  /// The run that stands for a config in an experiment: one that is active or has completed.
  static let standingRun = """
    SELECT id FROM run WHERE experiment_id = ? AND config_id = ?
      AND state NOT IN ('failed', 'cancelled', 'timed_out', 'out_of_memory', 'node_failed',
        'diverged', 'lost')
    ORDER BY id DESC LIMIT 1
    """

  /// The configs that ``intend(_:prepare:)`` would leave out, for a dry run.
  public func standingRuns(of configs: [Config], experiment: String) throws -> [String: RunRecord] {
    let wanted = Set(configs.map(\.id))
    let states = RunState.active + [.completed]
    var filter = RunFilter.experiment(experiment)
    filter.states = states
    return Dictionary(
      try runs(filter).filter { wanted.contains($0.configSHA256) }.map { ($0.configSHA256, $0) },
      uniquingKeysWith: { _, newest in newest })
  }

  /// The runs that a filter lets through, oldest first.
  public func runs(_ filter: RunFilter = RunFilter()) throws -> [RunRecord] {
    try read { db in
      let (condition, arguments) = filter.sql
      let order = filter.limit.map { " ORDER BY run.id DESC LIMIT \($0)" } ?? " ORDER BY run.id"
      let runs = try RunRecord.fetchAll(
        db, sql: RunRecord.selection + condition + order, arguments: arguments)
      return filter.limit == nil ? runs : runs.reversed()
    }
  }

  /// Runs by their keys, in that order.
  static func runs(_ ids: [Int64], _ db: Database) throws -> [RunRecord] {
    let statement = try db.cachedStatement(sql: RunRecord.selection + " WHERE run.id = ?")
    return try ids.compactMap { try RunRecord.fetchOne(statement, arguments: [$0]) }
  }

  /// The number that an experiment's next run will have.
  public func nextRunNumber(experiment: String) throws -> Int {
    try read { db in
      let last = try Int.fetchOne(
        db,
        sql: """
          SELECT max(number) FROM run JOIN experiment ON experiment.id = experiment_id
          WHERE experiment.name = ?
          """, arguments: [experiment])
      return (last ?? 0) + 1
    }
  }

  /// The names of the newest runs, for suggestions.
  public func runNames(limit: Int = 1000) throws -> [String] {
    try read { db in
      try String.fetchAll(db, sql: "SELECT name FROM run ORDER BY id DESC LIMIT \(limit)")
    }
  }
}
