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

  private static let points = """
    SELECT metric.step, step.epoch, kind, value FROM metric
    JOIN metric_name ON metric_name.id = metric_id AND metric_name.name = ?
    JOIN step ON step.run_id = metric.run_id AND step.step = metric.step
    """
}

extension MetricPoint {
  fileprivate init(_ row: Row) {
    let words: [Double] = [0, .nan, .infinity, -.infinity]
    let value: Double? = row["value"]
    self.init(step: row["step"], epoch: row["epoch"], value: value ?? words[row["kind"] as Int])
  }
}
