import Foundation
import GRDB
import RunContract

/// Lines that were read between two byte offsets of one run's `metrics.jsonl`.
public struct MetricPiece: Sendable {
  /// The run as it was known when the piece was read: its offset is where the piece begins.
  public let run: RunRecord
  public let table: MetricTable
  /// Where the piece ends.
  public let newOffset: Int

  /// A piece.
  public init(run: RunRecord, table: MetricTable, newOffset: Int) {
    self.run = run
    self.table = table
    self.newOffset = newOffset
  }
}

extension Registry {
  /// Takes in pieces of metrics: rows and new offsets in one transaction, each piece on condition that
  /// its run's old offset still stands. So any number of processes may read the same file and each line
  /// counts once.
  /// - Returns: for each piece whether it was taken in; `false` where another process was first.
  @discardableResult
  public func takeIn(_ pieces: [MetricPiece]) throws -> [Bool] {
    if pieces.isEmpty { return [] }
    return try writeInBulk { db in
      var intake = try IntakeStatements(db)
      return try pieces.map { piece in
        guard try Self.advance(piece, db) else { return false }
        try intake.insert(piece.table, run: piece.run.id)
        return true
      }
    }
  }

  /// Sets the run's offset and newest values.
  /// - Returns: whether nobody else has done so since the piece was read.
  private static func advance(_ piece: MetricPiece, _ db: Database) throws -> Bool {
    let (run, table) = (piece.run, piece.table)
    var values = run.lastValues
    for column in table.columns { values[column.name] = column.values.last }
    try db.cachedStatement(
      sql: """
        UPDATE run SET metrics_offset = ?, damaged_lines = damaged_lines + ?,
          last_step = coalesce(?, last_step), last_epoch = coalesce(?, last_epoch),
          last_values = ?
        WHERE id = ? AND metrics_offset = ?
        """
    ).execute(
      arguments: [
        piece.newOffset, table.damagedLines, table.steps.max(), table.epochs.max(),
        JSONValue.object(values.mapValues { .number($0) }).canonical, run.id, run.metricsOffset,
      ])
    return db.changesCount == 1
  }
}

/// The statements of one transaction that takes metrics in.
private struct IntakeStatements {
  private let step: BulkInsert
  private let metric: BulkInsert
  private let database: Database
  private var ids: [String: Int64] = [:]

  init(_ db: Database) throws {
    database = db
    step = try BulkInsert(
      "INSERT OR REPLACE INTO step (run_id, step, epoch, time) VALUES (?, ?, ?, ?)", db)
    metric = try BulkInsert(
      "INSERT OR REPLACE INTO metric (run_id, metric_id, step, kind, value) VALUES (?, ?, ?, ?, ?)",
      db)
  }

  /// Inserts in the order of the tables' keys, so that each page is filled once: metric by metric, step
  /// by step. Of a step that stands there twice the later line comes later, and counts.
  mutating func insert(_ table: MetricTable, run: Int64) throws {
    let isSorted = zip(table.steps, table.steps.dropFirst()).allSatisfy { $0 <= $1 }
    try insertSteps(of: table, run: run, isSorted: isSorted)
    metric.bind(run, at: 1)
    for (id, index) in try metricIDs(of: table).sorted(by: { $0.id < $1.id }) {
      metric.bind(id, at: 2)
      let column = table.columns[index]
      let order = isSorted ? nil : stableOrder(column.rows) { table.steps[Int($0)] }
      for place in column.rows.indices {
        let place = order?[place] ?? place
        let value = column.values[place]
        metric.bind(Int64(table.steps[Int(column.rows[place])]), at: 3)
        metric.bind(Self.kind(of: value), at: 4)
        metric.bind(value, at: 5)
        try metric.insert()
      }
    }
  }

  private func insertSteps(of table: MetricTable, run: Int64, isSorted: Bool) throws {
    step.bind(run, at: 1)
    let order = isSorted ? nil : stableOrder(table.steps) { $0 }
    for place in table.steps.indices {
      let place = order?[place] ?? place
      step.bind(Int64(table.steps[place]), at: 2)
      step.bind(Int64(table.epochs[place]), at: 3)
      step.bind(table.times[place], at: 4)
      try step.insert()
    }
  }

  private mutating func metricIDs(of table: MetricTable) throws -> [(id: Int64, index: Int)] {
    try table.columns.indices.map { index in
      let name = table.columns[index].name
      let id = try ids[name] ?? metricID(name)
      ids[name] = id
      return (id, index)
    }
  }

  private func metricID(_ name: String) throws -> Int64 {
    let known = try database.cachedStatement(sql: "SELECT id FROM metric_name WHERE name = ?")
    if let id = try Int64.fetchOne(known, arguments: [name]) { return id }
    try database.cachedStatement(sql: "INSERT INTO metric_name (name) VALUES (?)")
      .execute(arguments: [name])
    return database.lastInsertedRowID
  }

  /// What a value is, where SQLite would only know that it is missing.
  private static func kind(of value: Double) -> Int64 {
    value.isFinite ? 0 : value.isNaN ? 1 : value > 0 ? 2 : 3
  }
}

/// The places of a list in the order of a key; equals stay in the list's order.
private func stableOrder<Element>(_ list: [Element], by key: (Element) -> Int) -> [Int] {
  let keys = list.map(key)
  return keys.indices.sorted { keys[$0] != keys[$1] ? keys[$0] < keys[$1] : $0 < $1 }
}
