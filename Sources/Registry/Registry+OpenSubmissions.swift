import Foundation
import GRDB
import RunContract

/// A submission, as whoever finishes, repeats or continues it needs it.
public struct SubmissionRecord: Sendable, Identifiable {
  public let id: Int64
  public let token: String
  public let executor: String
  public let state: SubmissionState
  /// The absolute path of its directory.
  public let directory: String
  public let isArray: Bool
  /// JSON of all that rendering needs; `nil` for one that an early version made.
  public let recipe: String?
  /// The keyed hash of who made it.
  public let seal: String?
  public let scriptSHA256: String
  public let templateSHA256: String
  /// The process that hands it over.
  public let maker: String?
  /// When the executor was called; `nil` where it was not yet.
  public let attemptedAt: Double?
  public let createdAt: Double
  /// When the executor last showed any of it.
  public let seenAt: Double?
  /// The cluster that it was handed to; `nil` where that is not known.
  public let cluster: String?
}

extension SubmissionRecord: FetchableRecord {
  public init(row: Row) throws {
    id = row["id"]
    token = row["token"]
    executor = row["executor"]
    let word: String = row["state"]
    guard let state = SubmissionState(rawValue: word) else {
      throw DatabaseError(message: "submission \(token) has the unknown state \(word)")
    }
    self.state = state
    directory = row["directory"]
    isArray = row["is_array"]
    recipe = row["recipe"]
    seal = row["seal"]
    scriptSHA256 = row["script_sha256"]
    templateSHA256 = row["template_sha256"]
    maker = row["maker"]
    attemptedAt = row["attempted_at"]
    createdAt = row["created_at"]
    seenAt = row["seen_at"]
    cluster = row["cluster"]
  }
}

extension Registry {
  /// The submissions with these keys.
  public func submissions(_ ids: some Sequence<Int64>) throws -> [SubmissionRecord] {
    try read { db in
      let statement = try db.cachedStatement(sql: "SELECT * FROM submission WHERE id = ?")
      return try Set(ids).sorted().compactMap {
        try SubmissionRecord.fetchOne(statement, arguments: [$0])
      }
    }
  }

  /// The submissions whose answer is not recorded yet.
  public func openSubmissions() throws -> [SubmissionRecord] {
    try read { db in
      try SubmissionRecord.fetchAll(
        db, sql: "SELECT * FROM submission WHERE state = 'submitting' ORDER BY id")
    }
  }

  /// The text of a template that a submission was rendered from; `nil` also where another text stands in
  /// its place, for the hash is what was sealed.
  public func template(sha256: String) throws -> String? {
    let text = try read { db in
      try String.fetchOne(
        db, sql: "SELECT text FROM template WHERE sha256 = ?", arguments: [sha256])
    }
    return text.flatMap { sha256Hex($0) == sha256 ? $0 : nil }
  }

  /// Notes that the executor is about to be called for a submission that nobody has handed over yet.
  /// - Parameters:
  ///   - former: the process that was to do it: this one, or one that is gone.
  ///   - maker: this process.
  /// - Returns: whether it is this process's to hand over; `false` where another one was first.
  public func beginAttempt(
    _ submission: Int64, from former: String?, by maker: String?
  ) throws -> Bool {
    try write { db in
      try db.execute(
        sql: """
          UPDATE submission SET attempted_at = ?, maker = ?
          WHERE id = ? AND state = 'submitting' AND attempted_at IS NULL AND maker IS ?
          """, arguments: [now(), maker, submission, former])
      return db.changesCount > 0
    }
  }

  /// Makes a submission that nobody has handed over yet this process's own, which decides otherwise on it.
  /// - Returns: whether it is; `false` where another one was first. The parameters are those of
  ///   ``beginAttempt(_:from:by:)``.
  public func takeOver(_ submission: Int64, from former: String?, by maker: String?) throws -> Bool
  {
    try write { db in
      try db.execute(
        sql: """
          UPDATE submission SET maker = ?
          WHERE id = ? AND state = 'submitting' AND attempted_at IS NULL AND maker IS ?
          """, arguments: [maker, submission, former])
      return db.changesCount > 0
    }
  }

  /// How many submissions of each of these runs, one after the other and just before its current one, left
  /// no trace. One that started, was refused or ended some other way begins the count anew.
  /// - Parameter words: what is in the answer of an executor that had no place for it at that time, any of
  ///   them; such submissions do not count, for nobody would expect a trace of them.
  public func tracelessAttempts(
    of runs: [RunRecord], except words: [String]
  ) throws -> [Int64: Int] {
    let words = String(decoding: try JSONEncoder().encode(words), as: UTF8.self)
    return try read { db in
      let statement = try db.cachedStatement(
        sql: """
          SELECT attempt.state = 'unconfirmed' AND NOT EXISTS
            (SELECT 1 FROM json_each(?) AS word WHERE instr(submission.reason, word.value) > 0)
          FROM attempt JOIN submission ON submission.id = attempt.submission_id
          WHERE run_id = ? ORDER BY number DESC
          """)
      var counts: [Int64: Int] = [:]
      for run in runs {
        let isTraceless = try Bool.fetchAll(statement, arguments: [words, run.id])
        counts[run.id] = isTraceless.prefix { $0 }.count
      }
      return counts
    }
  }

  /// The runs, ended or not, whose current submission has one of these tokens.
  public func runs(tokens: Set<String>) throws -> [RunRecord] {
    let ids = try read { db in
      let statement = try db.cachedStatement(sql: "SELECT id FROM submission WHERE token = ?")
      return try tokens.sorted().compactMap { try Int64.fetchOne(statement, arguments: [$0]) }
    }
    return try ids.flatMap { id in
      var filter = RunFilter()
      filter.submissionID = id
      return try runs(filter)
    }
  }

  /// Whether a run of this executor ended at or after a time, in seconds since 1970.
  public func hasEnd(executor: String, since time: Double) throws -> Bool {
    try read { db in
      try Int.fetchOne(
        db,
        sql: """
          SELECT 1 FROM run JOIN submission ON submission.id = run.submission_id
          WHERE run.ended_at >= ? AND executor = ? LIMIT 1
          """, arguments: [time, executor]) != nil
    }
  }
}

extension Registry {
  /// The active runs of a submission whose end a user has asked for.
  public func cancelledMeanwhile(submission: Int64) throws -> [RunRecord] {
    let ids = try read { db in
      try Int64.fetchAll(
        db,
        sql: "SELECT id FROM run WHERE submission_id = ? AND cancel_requested_at IS NOT NULL",
        arguments: [submission])
    }
    return ids.isEmpty ? [] : try runs(.ids(ids)).filter(\.state.isActive)
  }
}

extension Registry {
  /// The tokens of all submissions.
  public func submissionTokens() throws -> Set<String> {
    try read { db in try Set(String.fetchAll(db, sql: "SELECT token FROM submission")) }
  }

  /// Those of some tokens that no submission has.
  public func unknownTokens(among tokens: [String]) throws -> [String] {
    if tokens.isEmpty { return [] }
    return try read { db in
      let statement = try db.cachedStatement(sql: "SELECT 1 FROM submission WHERE token = ?")
      return try tokens.filter { try Int.fetchOne(statement, arguments: [$0]) == nil }
    }
  }

  /// The recipes of all submissions.
  public func recipes() throws -> [String] { try read(Self.recipes) }

  /// Does something with the recipes of all submissions while nobody can record another one.
  public func withRecipes<Result>(_ body: ([String]) throws -> Result) throws -> Result {
    try write { db in try body(Self.recipes(db)) }
  }

  private static func recipes(_ db: Database) throws -> [String] {
    try String.fetchAll(
      db, sql: "SELECT DISTINCT recipe FROM submission WHERE recipe IS NOT NULL")
  }
}
