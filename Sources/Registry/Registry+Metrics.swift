import GRDB

/// A value of one metric at one step.
public struct MetricPoint: Sendable, Equatable {
  public let step: Int
  public let epoch: Int
  public let value: Double
}

extension Registry {
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
    try highest(name, runs: [run])[run]
  }

  /// The same for many runs in one transaction, by run; a run without the metric is left out.
  public func highest(_ name: String, runs: [Int64]) throws -> [Int64: MetricPoint] {
    try read { db in
      let statement = try db.cachedStatement(
        sql: Self.points + """
           WHERE metric.run_id = ?
          ORDER BY kind <> 0 DESC, CASE kind WHEN 0 THEN value END DESC, metric.step LIMIT 1
          """)
      return try runs.reduce(into: [:]) { points, run in
        points[run] = try Row.fetchOne(statement, arguments: [name, run]).map(MetricPoint.init)
      }
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
    try epochMeans(name, runs: [run])[run] ?? []
  }

  /// The same for many runs in one transaction, by run.
  public func epochMeans(_ name: String, runs: [Int64]) throws -> [Int64: [EpochMean]] {
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
      return try runs.reduce(into: [:]) { means, run in
        let rows = try Row.fetchCursor(statement, arguments: [name, run])
        means[run] = try Array(rows.map(EpochMean.init))
      }
    }
  }
}

/// The mean of a metric over one epoch.
public struct EpochMean: Sendable, Equatable {
  public let epoch: Int
  public let value: Double
}

extension EpochMean {
  fileprivate init(_ row: Row) {
    let counts: (nan: Int, plus: Int, minus: Int) = (row[2], row[3], row[4])
    let mean: Double? = row[1]
    value =
      counts.nan > 0 || (counts.plus > 0 && counts.minus > 0)
      ? .nan : counts.plus > 0 ? .infinity : counts.minus > 0 ? -.infinity : mean ?? .nan
    epoch = row[0]
  }
}

extension MetricPoint {
  fileprivate init(_ row: Row) {
    let words: [Double] = [0, .nan, .infinity, -.infinity]
    let value: Double? = row["value"]
    self.init(step: row["step"], epoch: row["epoch"], value: value ?? words[row["kind"] as Int])
  }
}
