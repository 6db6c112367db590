import Foundation
import GRDB
import RunContract
import TestSupport
import Testing

import Registry

@Suite struct Intents {
  /// Rows are inserted a hundred at a time: each must be the one that was planned.
  @Test(arguments: [1, 99, 100, 101, 250])
  func everyRunIsRecordedAsItWasPlanned(count: Int) throws {
    let fixture = try Fixture()
    _ = try fixture.makeRuns(2, experiment: "before")
    let wish = SubmissionWish(
      experiment: "e", jobFile: nil, configs: (0..<count).map(config), directory: "/runs",
      again: false)
    let intent = try fixture.registry.intend(wish) { [fixture.submission(of: $0, token: "e.a")] }
    let planned = try #require(intent.submissions.first).submission.runs
    let recorded = Dictionary(
      uniqueKeysWithValues: try fixture.registry.runs(.experiment("e")).map { ($0.id, $0) })
    #expect(recorded.count == count && planned.count == count)
    for (index, run) in planned.enumerated() {
      let record = try #require(recorded[run.id])
      #expect(record.name == "e-\(index + 1)" && record.name == run.name)
      #expect(record.arrayTask == (count == 1 ? nil : index))
      #expect(record.config == config(seed: index))
      #expect(record.directory == "/runs/e-\(index + 1)")
      #expect(record.submissionID == intent.submissions[0].id && record.state == .submitting)
    }
  }

  @Test func hashesOfFilesMayComeWhenTheyAreWritten() throws {
    let fixture = try Fixture()
    let hashes = SubmissionHashes(script: sha256Hex("late"), manifest: sha256Hex("later"))
    _ = try fixture.registry.intend(fixture.wish, finish: { [hashes] }) { runs in
      [fixture.unwritten(runs)]
    }
    let open = try #require(try fixture.registry.openSubmissions().first)
    #expect(open.scriptSHA256 == hashes.script)
  }

  @Test func withoutHashesNothingIsRecorded() throws {
    let fixture = try Fixture()
    #expect(throws: RegistryError.self) {
      _ = try fixture.registry.intend(fixture.wish) { [fixture.unwritten($0)] }
    }
    #expect(try fixture.registry.runs().isEmpty)
  }

  @Test func whatCannotBeFinishedIsNotRecorded() throws {
    let fixture = try Fixture()
    #expect(throws: FileError.self) {
      _ = try fixture.registry.intend(
        fixture.wish, finish: { throw FileError("flush", "/full", code: ENOSPC) }
      ) { [fixture.unwritten($0)] }
    }
    #expect(try fixture.registry.runs().isEmpty && fixture.registry.openSubmissions().isEmpty)
  }

  /// An index that holds only runs with a job must still serve whoever looks for one.
  @Test func aRegistryOfAnOlderSchemaIsBroughtUpToDate() throws {
    let fixture = try Fixture()
    let made = try fixture.makeRuns(3)
    try fixture.registry.record(
      submission: try #require(made.submission), state: .accepted, runs: .pending, jobID: 7)
    let path = fixture.registry.path
    try DatabaseQueue(path: path).write { db in
      try db.execute(
        sql: """
          DROP INDEX run_by_job;
          CREATE INDEX run_by_job ON run(job_id, array_index);
          DELETE FROM grdb_migrations WHERE identifier LIKE '4:%';
          """)
    }
    let registry = try Registry(path: path)
    var filter = RunFilter()
    filter.jobID = 7
    #expect(try registry.runs(filter).map(\.name) == ["e-1", "e-2", "e-3"])
    let plan = try DatabaseQueue(path: path).read { db in
      try Row.fetchAll(
        db, sql: "EXPLAIN QUERY PLAN SELECT id FROM run WHERE job_id = ? AND array_index = ?",
        arguments: [7, 1]
      ).map { "\($0["detail"] ?? "")" }
    }
    #expect(plan.contains { $0.contains("run_by_job (job_id=? AND array_index=?)") }, "\(plan)")
  }

  /// A list in the constraint would make SQLite fill a table with all states for each row that it writes.
  @Test func anOlderConstraintIsPutIntoWordsThatCostLess() throws {
    let fixture = try Fixture()
    _ = try fixture.makeRuns(3)
    let queue = try DatabaseQueue(path: fixture.registry.path)
    let new = try queue.read { db in try Self.schema(db) }
    let words = RunState.allCases.map(\.rawValue)
    try queue.write { db in
      let list = words.map { "'\($0)'" }.joined(separator: ", ")
      try db.execute(sql: "PRAGMA writable_schema = ON")
      try db.execute(
        sql: "UPDATE sqlite_master SET sql = replace(sql, ?, ?) WHERE name = 'run'",
        arguments: [
          words.map { "state = '\($0)'" }.joined(separator: " OR "), "state IN (\(list))",
        ])
      try db.execute(
        sql: """
          PRAGMA writable_schema = RESET;
          DELETE FROM grdb_migrations WHERE identifier LIKE '5:%';
          """)
      #expect(try Self.schema(db) != new && Self.tables(db))
    }
    try queue.close()
    let registry = try Registry(path: fixture.registry.path)
    #expect(try registry.runs().map(\.name) == ["e-1", "e-2", "e-3"])
    try DatabaseQueue(path: fixture.registry.path).write { db in
      #expect(try Self.schema(db) == new && !Self.tables(db))
      #expect(try String.fetchAll(db, sql: "PRAGMA integrity_check") == ["ok"])
      for word in words { try db.execute(sql: "UPDATE run SET state = ?", arguments: [word]) }
      for word in ["", "Pending", "done", "pending "] {
        #expect(throws: DatabaseError.self) {
          try db.execute(sql: "UPDATE run SET state = ?", arguments: [word])
        }
      }
    }
  }

  private static func schema(_ db: Database) throws -> String? {
    try String.fetchOne(db, sql: "SELECT sql FROM sqlite_master WHERE name = 'run'")
  }

  /// Whether SQLite makes a table on the way when it writes a run.
  private static func tables(_ db: Database) throws -> Bool {
    let program = try Row.fetchAll(db, sql: "EXPLAIN UPDATE run SET state = 'pending' WHERE id = 1")
    return program.contains { $0["opcode"] == "OpenEphemeral" }
  }
}

extension Fixture {
  /// The wish for two runs.
  fileprivate var wish: SubmissionWish {
    SubmissionWish(
      experiment: "e", jobFile: nil, configs: (0..<2).map(config), directory: "/runs",
      again: false)
  }

  /// A submission whose files are still being written.
  fileprivate func unwritten(_ runs: [PlannedRun]) -> NewSubmission {
    var submission = submission(of: runs, token: "e.a")
    submission.hashes = nil
    return submission
  }
}
