import GRDB

/// A submission that is over with all its runs.
public struct SettledSubmission: Sendable, Identifiable {
  public let id: Int64
  public let token: String
  /// The absolute path of its directory.
  public let directory: String
}

/// What the registry remembers of files that were removed.
extension Registry {
  private static let pruned = "pruned"

  /// The submissions whose answer is known and that no other runs ever belonged to than these, in the order
  /// of their making.
  public func settledSubmissions(ofNoneBut runs: Set<Int64>) throws -> [SettledSubmission] {
    try read { db in
      var isOfOthers: [Int64: Bool] = [:]
      let pairs = try Row.fetchCursor(
        db,
        sql: """
          SELECT submission_id, id FROM run WHERE submission_id IS NOT NULL
          UNION ALL SELECT submission_id, run_id FROM attempt
          """)
      while let pair = try pairs.next() {
        isOfOthers[pair[0], default: false] = isOfOthers[pair[0]] == true || !runs.contains(pair[1])
      }
      return try Row.fetchAll(
        db,
        sql: """
          SELECT id, token, directory FROM submission WHERE state IN ('accepted', 'refused')
          ORDER BY id
          """
      ).filter { isOfOthers[$0["id"]] == false }.map {
        SettledSubmission(id: $0["id"], token: $0["token"], directory: $0["directory"])
      }
    }
  }

  /// Puts the files of an ended run out of the way, and notes that they are gone: what its directory holds
  /// from now on is read from the beginning. One transaction, for nobody may try the run again meanwhile.
  /// - Parameter isRest: whether it is noted already.
  /// - Returns: `false` where the run is active by now, or was tried again since; nothing was moved then.
  public func forgetFiles(
    of run: RunRecord, isRest: Bool = false, move: () throws -> Void
  ) throws -> Bool {
    try write { db in
      guard try Self.hasEnded(as: run, db) else { return false }
      try db.execute(sql: "UPDATE run SET metrics_offset = 0 WHERE id = ?", arguments: [run.id])
      if !isRest {
        try Self.log(db, run: run.id, submission: nil, kind: Self.pruned, run.directory)
      }
      try move()
      return true
    }
  }

  /// Does something with an ended run's files that nobody may try the run again meanwhile.
  /// - Returns: `false` where the run is active by now, or was tried again since; nothing was done then.
  public func whileEnded(_ run: RunRecord, _ body: () throws -> Void) throws -> Bool {
    try write { db in
      guard try Self.hasEnded(as: run, db) else { return false }
      try body()
      return true
    }
  }

  /// Whether a run's end is still the one that was read: what was trained since is nobody's to remove.
  private static func hasEnded(as run: RunRecord, _ db: Database) throws -> Bool {
    guard !run.state.isActive else { return false }
    return try Bool.fetchOne(
      db,
      sql: """
        SELECT EXISTS (SELECT 1 FROM run WHERE id = ? AND state = ? AND due IS NULL
          AND ended_at IS ? AND submission_id IS ?)
        """, arguments: [run.id, run.state.rawValue, run.endedAt, run.submissionID]) == true
  }

  /// The same as ``forgetFiles(of:move:)`` for the directory of a submission, whose runs have all ended.
  public func forgetFiles(ofSubmission id: Int64, move: () throws -> Void) throws -> Bool {
    let active = RunState.active.map { "'\($0.rawValue)'" }.joined(separator: ", ")
    return try write { db in
      let isActive = try Bool.fetchOne(
        db,
        sql: """
          SELECT EXISTS (SELECT 1 FROM run WHERE submission_id = ? AND state IN (\(active)))
          """, arguments: [id])
      guard isActive == false else { return false }
      try Self.log(db, run: nil, submission: id, kind: Self.pruned, "its directory")
      try move()
      return true
    }
  }

  /// When the files of a run were removed last; `nil` where they never were.
  public func prunedAt(run: Int64) throws -> Double? {
    try read { db in
      try Double.fetchOne(
        db, sql: "SELECT max(time) FROM event WHERE run_id = ? AND kind = ?",
        arguments: [run, Self.pruned])
    }
  }

  /// When the directory of a submission was removed; `nil` where it never was.
  public func prunedAt(submission: Int64) throws -> Double? {
    try read { db in
      try Double.fetchOne(
        db, sql: "SELECT max(time) FROM event WHERE submission_id = ? AND kind = ?",
        arguments: [submission, Self.pruned])
    }
  }
}
