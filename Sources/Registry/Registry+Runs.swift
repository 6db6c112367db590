import Foundation
import GRDB
import RunContract

/// What became of the wish to run some configs.
public struct NewRuns: Sendable {
  /// The runs that were made, in the order of their configs.
  public var created: [RunRecord] = []
  /// The configs that were left out, each with the run that stands for it.
  public var skipped: [RunRecord] = []
}

extension Registry {
  /// Makes a run of each config, in one transaction. A config that has an active or completed run in
  /// this experiment is left out, unless `again`.
  /// - Parameter directory: the absolute path of the experiment's folder of runs.
  public func createRuns(
    of configs: [Config], in experiment: ExperimentRecord, directory: String, again: Bool
  ) throws -> NewRuns {
    try write { db in
      var number =
        try Int.fetchOne(
          db, sql: "SELECT max(number) FROM run WHERE experiment_id = ?",
          arguments: [experiment.id]) ?? 0
      var created: [Int64] = []
      var skipped: [Int64] = []
      let standing = try db.cachedStatement(
        sql: """
          SELECT id FROM run WHERE experiment_id = ? AND config_id = ?
            AND state NOT IN ('failed', 'cancelled', 'timed_out', 'out_of_memory', 'node_failed',
              'diverged', 'lost')
          ORDER BY id DESC LIMIT 1
          """)
      for config in configs {
        let record = try Self.add(config, db).record
        if !again, let run = try Int64.fetchOne(standing, arguments: [experiment.id, record.id]) {
          skipped.append(run)
          continue
        }
        number += 1
        let name = "\(experiment.name)-\(number)"
        try db.cachedStatement(
          sql: """
            INSERT INTO run (name, number, experiment_id, config_id, state, directory, created_at)
            VALUES (?, ?, ?, ?, 'created', ?, ?)
            """
        ).execute(
          arguments: [name, number, experiment.id, record.id, "\(directory)/\(name)", now()])
        created.append(db.lastInsertedRowID)
      }
      return NewRuns(
        created: try Self.runs(created, db), skipped: try Self.runs(skipped, db))
    }
  }

  /// The configs that ``createRuns(of:in:directory:again:)`` would leave out, for a dry run.
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

  /// How many runs are in each state.
  public func stateCounts() throws -> [RunState: Int] {
    try read { db in
      let rows = try Row.fetchAll(db, sql: "SELECT state, count(*) AS n FROM run GROUP BY 1")
      return rows.reduce(into: [:]) { counts, row in
        if let state = RunState(rawValue: row["state"]) { counts[state] = row["n"] }
      }
    }
  }
}
