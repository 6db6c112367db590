import GRDB

/// The whole course of one metric of a run.
public struct MetricSeries: Sendable {
  public let name: String
  /// By step.
  public let points: [Point]

  /// A course.
  public init(name: String, points: [Point]) {
    self.name = name
    self.points = points
  }

  /// One value and where it was.
  public struct Point: Sendable {
    public let step: Int
    public let epoch: Int
    /// As the trainer wrote it.
    public let time: Double
    public let value: Double

    /// A value.
    public init(step: Int, epoch: Int, time: Double, value: Double) {
      self.step = step
      self.epoch = epoch
      self.time = time
      self.value = value
    }
  }
}

extension Registry {
  /// Every metric of a run, sorted by name, in one question.
  public func allMetrics(run: Int64) throws -> [MetricSeries] {
    try read { db in
      let names = try Row.fetchAll(
        db,
        sql: """
          SELECT id, name FROM metric_name WHERE EXISTS (
            SELECT 1 FROM metric WHERE run_id = ? AND metric_id = metric_name.id)
          ORDER BY name
          """, arguments: [run])
      let statement = try db.cachedStatement(
        sql: """
          SELECT metric.step, step.epoch, step.time, kind, value FROM metric
          JOIN step ON step.run_id = metric.run_id AND step.step = metric.step
          WHERE metric.run_id = ? AND metric_id = ? ORDER BY metric.step
          """)
      return try names.map { row in
        let id: Int64 = row[0]
        let points = try Row.fetchCursor(statement, arguments: [run, id])
        return MetricSeries(name: row[1], points: try Array(points.map(MetricSeries.Point.init)))
      }
    }
  }
}

extension MetricSeries.Point {
  fileprivate init(_ row: Row) {
    let words: [Double] = [0, .nan, .infinity, -.infinity]
    let value: Double? = row[4]
    self.init(
      step: row[0], epoch: row[1], time: row[2], value: value ?? words[row[3] as Int])
  }
}
