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

  /// The runs of these configs that are active, or came to no good end since a time, in seconds since 1970:
  /// what has become of them meanwhile decides whether the configs are run once more.
  public func unsettledRuns(
    of configs: [Config], experiment: String, endedSince time: Double
  ) throws -> [Int64] {
    let active = RunState.active.map { "'\($0.rawValue)'" }.joined(separator: ", ")
    let rows = try read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT run.id, config.sha256 FROM run JOIN experiment ON experiment.id = experiment_id
            JOIN config ON config.id = config_id
          WHERE experiment.name = ?
            AND (run.state IN (\(active)) OR ended_at >= ? AND run.state <> 'completed')
          ORDER BY run.id
          """, arguments: [experiment, time])
    }
    if rows.isEmpty { return [] }
    let wanted = Set(configs.map(\.id))
    return rows.filter { wanted.contains($0[1]) }.map { $0[0] }
  }

  /// The runs that a filter lets through, oldest first.
  public func runs(_ filter: RunFilter = RunFilter()) throws -> [RunRecord] {
    try read { db in try Self.runs(filter, db) }
  }

  private static func runs(_ filter: RunFilter, _ db: Database) throws -> [RunRecord] {
    let (condition, arguments) = filter.sql
    let newest = filter.limit.map { " ORDER BY run.id DESC LIMIT \($0)" } ?? ""
    var reader = RunReader(db)
    let statement = try db.makeStatement(sql: RunReader.selection + condition + newest)
    return try reader.read(statement, arguments).oldestFirst
  }

  /// The active runs, oldest first.
  /// - Parameter waiting: pending runs that were read a moment ago; those that are pending still are not read
  ///   again.
  public func activeRuns(knowing waiting: [RunRecord]) throws -> [RunRecord] {
    guard !waiting.isEmpty else { return try runs(.states(RunState.active)) }
    let known = waiting.oldestFirst
    return try read { db in
      // The index of states alone answers this.
      let pending = try Int64.fetchAll(
        db, sql: "SELECT id FROM run WHERE state = 'pending' ORDER BY id")
      var runs = try Self.runs(.states(RunState.active.filter { $0 != .pending }), db)
      var unknown: [Int64] = []
      var place = 0
      for id in pending {
        while place < known.count, known[place].id < id { place += 1 }
        if place < known.count, known[place].id == id {
          runs.append(known[place])
        } else {
          unknown.append(id)
        }
      }
      return try (runs + Self.runs(unknown, db)).oldestFirst
    }
  }

  /// Runs by their keys, in that order.
  static func runs(_ ids: [Int64], _ db: Database) throws -> [RunRecord] {
    let statement = try db.cachedStatement(sql: RunReader.selection + " WHERE run.id = ?")
    var reader = RunReader(db)
    return try ids.flatMap { try reader.read(statement, [$0]) }
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

extension [RunRecord] {
  /// In the order of their making. Nearly sorted already, as they come from an index, which takes one pass;
  /// SQLite would copy every row to sort it.
  fileprivate var oldestFirst: [RunRecord] { sorted { $0.id < $1.id } }
}
