import GRDB

extension Registry {
  /// The runs that repeat a run, in the order of their making.
  public func reproductions(of run: Int64) throws -> [RunRecord] {
    try read { db in
      let ids = try Int64.fetchAll(
        db, sql: "SELECT id FROM run WHERE parent_id = ? ORDER BY id", arguments: [run])
      return try Self.runs(ids, db)
    }
  }

  /// The run that a run repeats; `nil` where it repeats none.
  public func original(of run: Int64) throws -> RunRecord? {
    try read { db in
      let id = try Int64.fetchOne(
        db, sql: "SELECT parent_id FROM run WHERE id = ? AND parent_id IS NOT NULL",
        arguments: [run])
      return try id.flatMap { try Self.runs([$0], db).first }
    }
  }

  private static let deviation = "deviation"

  /// In what a repetition was not what its run had been when it was submitted.
  public func deviations(of run: Int64) throws -> [String] {
    try read { db in
      try String.fetchAll(
        db, sql: "SELECT message FROM event WHERE run_id = ? AND kind = ? ORDER BY id",
        arguments: [run, Self.deviation])
    }
  }

  static func note(
    _ deviations: [String], of run: PlannedRun, submission: Int64, _ db: Database
  ) throws {
    for text in deviations {
      try log(db, run: run.id, submission: submission, kind: deviation, text)
    }
  }
}
