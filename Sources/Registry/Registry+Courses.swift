import GRDB
import GRDBSQLite

extension Registry {
  /// The names of all metrics that any of these runs has, sorted.
  public func metricNames(runs: [Int64]) throws -> [String] {
    try read { db in
      let names = try Row.fetchAll(db, sql: "SELECT id, name FROM metric_name ORDER BY name")
      let statement = try db.cachedStatement(
        sql: "SELECT 1 FROM metric WHERE run_id = ? AND metric_id = ? LIMIT 1")
      return try names.filter { row in
        let id: Int64 = row[0]
        return try runs.contains { try Int.fetchOne(statement, arguments: [$0, id]) != nil }
      }.map { $0[1] }
    }
  }

  /// The courses of some metrics of many runs, by run and metric name, in one transaction. What a run does
  /// not have is left out.
  public func courses(
    of metrics: [String], runs: [Int64]
  ) throws -> [Int64: [String: MetricCourse]] {
    try read { db in
      let reader = try CourseReader(metrics, db)
      return try runs.reduce(into: [:]) { courses, run in courses[run] = try reader.read(run) }
    }
  }
}

/// Reads runs with as little between us and SQLite as ``BulkInsert`` has: a comparison of a thousand runs
/// looks at millions of rows, and a row of GRDB's costs several times what SQLite takes for it.
private struct CourseReader {
  private let names: [Int64: String]
  private let steps: Statement
  private let values: Statement

  init(_ metrics: [String], _ db: Database) throws {
    let marks = metrics.map { _ in "?" }.joined(separator: ",")
    let known = try Row.fetchAll(
      db, sql: "SELECT id, name FROM metric_name WHERE name IN (\(marks))",
      arguments: StatementArguments(metrics))
    names = Dictionary(uniqueKeysWithValues: known.map { ($0[0], $0[1]) })
    let ids = names.keys.sorted().map(String.init).joined(separator: ",")
    steps = try db.makeStatement(
      sql: "SELECT step, epoch FROM step WHERE run_id = ? ORDER BY step")
    values = try db.makeStatement(
      sql: """
        SELECT metric_id, step, kind, value FROM metric
        WHERE run_id = ? AND metric_id IN (\(ids)) ORDER BY metric_id, step
        """)
  }

  func read(_ run: Int64) throws -> [String: MetricCourse] {
    if names.isEmpty { return [:] }
    var known: [(step: Int64, epoch: Int)] = []
    try each(steps, run) { row in
      known.append((sqlite3_column_int64(row, 0), Int(sqlite3_column_int64(row, 1))))
    }
    var courses: [String: MetricCourse] = [:]
    var course = MetricCourse()
    var metric: Int64?
    var place = 0
    func close() {
      guard let name = metric.flatMap({ names[$0] }) else { return }
      course.close()
      courses[name] = course
      course = MetricCourse()
    }
    try each(values, run) { row in
      let id = sqlite3_column_int64(row, 0)
      if id != metric {
        close()
        (metric, place) = (id, 0)
      }
      let step = sqlite3_column_int64(row, 1)
      // Both come by step, so one walk along both finds every epoch.
      while place < known.count, known[place].step < step { place += 1 }
      guard place < known.count, known[place].step == step else { return }
      course.add(value(row), step: Int(step), epoch: known[place].epoch)
    }
    close()
    return courses
  }

  private func value(_ row: OpaquePointer) -> Double {
    switch sqlite3_column_int64(row, 2) {
    case 0: sqlite3_column_double(row, 3)
    case 2: .infinity
    case 3: -.infinity
    default: .nan
    }
  }

  private func each(
    _ statement: Statement, _ run: Int64, _ body: (OpaquePointer) -> Void
  ) throws {
    let handle = statement.sqliteStatement
    sqlite3_bind_int64(handle, 1, run)
    defer { sqlite3_reset(handle) }
    while true {
      let result = sqlite3_step(handle)
      if result == SQLITE_DONE { return }
      guard result == SQLITE_ROW else {
        throw DatabaseError(
          resultCode: ResultCode(rawValue: result),
          message: String(cString: sqlite3_errmsg(sqlite3_db_handle(handle))))
      }
      body(handle)
    }
  }
}
