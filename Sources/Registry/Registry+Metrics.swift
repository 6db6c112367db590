import Foundation
import GRDB
import RunContract

/// A value of one metric at one step.
public struct MetricPoint: Sendable, Equatable {
  public let step: Int
  public let epoch: Int
  public let value: Double
}

extension Registry {
  /// Takes in records that were read between two byte offsets of a run's `metrics.jsonl`: rows and
  /// the new offset in one transaction, on condition that the old offset still stands. So any number
  /// of processes may read the same file and each line counts once.
  /// - Returns: whether the rows were taken in; `false` where another process was first.
  @discardableResult
  public func takeIn(
    _ records: [MetricRecord], damagedLines: Int, of run: RunRecord, newOffset: Int
  ) throws -> Bool {
    try write { db in
      var latest: [String: JSONValue] = [:]
      for record in records {
        for (name, value) in record.values { latest[name] = .number(value) }
      }
      let step = records.map(\.step).max()
      let epoch = records.map(\.epoch).max()
      let known = run.lastValues.mapValues { JSONValue.number($0) }
      let values = JSONValue.object(known.merging(latest) { _, new in new }).canonical
      try db.cachedStatement(
        sql: """
          UPDATE run SET metrics_offset = ?, damaged_lines = damaged_lines + ?,
            last_step = coalesce(?, last_step), last_epoch = coalesce(?, last_epoch),
            last_values = ?
          WHERE id = ? AND metrics_offset = ?
          """
      ).execute(
        arguments: [newOffset, damagedLines, step, epoch, values, run.id, run.metricsOffset])
      guard db.changesCount == 1 else { return false }
      try Self.insert(records, run: run.id, db)
      return true
    }
  }

  private static func insert(_ records: [MetricRecord], run: Int64, _ db: Database) throws {
    let stepRow = try db.cachedStatement(
      sql: "INSERT OR REPLACE INTO step (run_id, step, epoch, time) VALUES (?, ?, ?, ?)")
    let metricRow = try db.cachedStatement(
      sql:
        "INSERT OR REPLACE INTO metric (run_id, metric_id, step, kind, value) VALUES (?, ?, ?, ?, ?)"
    )
    var ids: [String: Int64] = [:]
    for record in records {
      try stepRow.execute(arguments: [run, record.step, record.epoch, record.time])
      for (name, value) in record.values {
        let id = try ids[name] ?? metricID(name, db)
        ids[name] = id
        try metricRow.execute(
          arguments: [run, id, record.step, kind(of: value), value.isFinite ? value : nil])
      }
    }
  }

  private static func metricID(_ name: String, _ db: Database) throws -> Int64 {
    try db.cachedStatement(sql: "INSERT OR IGNORE INTO metric_name (name) VALUES (?)")
      .execute(arguments: [name])
    let statement = try db.cachedStatement(sql: "SELECT id FROM metric_name WHERE name = ?")
    return try Int64.fetchOne(statement, arguments: [name]) ?? 0
  }

  private static func kind(of value: Double) -> Int {
    value.isFinite ? 0 : value.isNaN ? 1 : value > 0 ? 2 : 3
  }

  /// The whole course of one metric of a run, by step.
  public func metric(_ name: String, run: Int64) throws -> [MetricPoint] {
    try read { db in
      let statement = try db.cachedStatement(
        sql: Self.points + " WHERE metric.run_id = ? ORDER BY metric.step")
      return try Row.fetchAll(statement, arguments: [name, run]).map(MetricPoint.init)
    }
  }

  /// The highest value of a metric and where it was; one that is not finite is higher than any, and of
  /// equals the first counts.
  public func highest(_ name: String, run: Int64) throws -> MetricPoint? {
    try read { db in
      let statement = try db.cachedStatement(
        sql: Self.points + """
           WHERE metric.run_id = ?
          ORDER BY kind <> 0 DESC, CASE kind WHEN 0 THEN value END DESC, metric.step LIMIT 1
          """)
      return try Row.fetchOne(statement, arguments: [name, run]).map(MetricPoint.init)
    }
  }

  private static let points = """
    SELECT metric.step, step.epoch, kind, value FROM metric
    JOIN metric_name ON metric_name.id = metric_id AND metric_name.name = ?
    JOIN step ON step.run_id = metric.run_id AND step.step = metric.step
    """

  /// The mean of a metric over the steps of each epoch, by epoch. A value that is not finite makes the
  /// mean what arithmetic makes it.
  public func epochMeans(_ name: String, run: Int64) throws -> [EpochMean] {
    try read { db in
      let statement = try db.cachedStatement(
        sql: """
          SELECT step.epoch, avg(value) AS mean, sum(kind = 1) AS nan, sum(kind = 2) AS plus,
            sum(kind = 3) AS minus
          FROM metric
          JOIN metric_name ON metric_name.id = metric_id AND metric_name.name = ?
          JOIN step ON step.run_id = metric.run_id AND step.step = metric.step
          WHERE metric.run_id = ? GROUP BY step.epoch ORDER BY step.epoch
          """)
      return try Row.fetchAll(statement, arguments: [name, run]).map { row in
        let counts: (nan: Int, plus: Int, minus: Int) = (row["nan"], row["plus"], row["minus"])
        let mean: Double? = row["mean"]
        let value =
          counts.nan > 0 || (counts.plus > 0 && counts.minus > 0)
          ? .nan : counts.plus > 0 ? .infinity : counts.minus > 0 ? -.infinity : mean ?? .nan
        return EpochMean(epoch: row["epoch"], value: value)
      }
    }
  }
}

/// The mean of a metric over one epoch.
public struct EpochMean: Sendable, Equatable {
  public let epoch: Int
  public let value: Double
}

extension MetricPoint {
  fileprivate init(_ row: Row) {
    let words: [Double] = [0, .nan, .infinity, -.infinity]
    let value: Double? = row["value"]
    self.init(step: row["step"], epoch: row["epoch"], value: value ?? words[row["kind"] as Int])
  }
}
