import Foundation
import GRDB

/// A job of another submission of the same wish.
public struct PartAtWork: Sendable, Equatable {
  public let jobID: Int
  /// How many of its runs have not ended.
  public let runs: Int

  /// A job with so many runs.
  public init(jobID: Int, runs: Int) {
    self.jobID = jobID
    self.runs = runs
  }
}

extension Registry {
  /// What the executor holds of the other submissions of one wish, in the order in which they were made.
  /// - Returns: `nil` where that is not known yet, for the answer to one of them was lost.
  public func partsAtWork(beside submission: Int64) throws -> [PartAtWork]? {
    let rows = try read { db in
      try Row.fetchAll(
        db,
        sql: """
          WITH wish(first) AS (SELECT coalesce(first_part, id) FROM submission WHERE id = ?1)
          SELECT run.job_id, count(*) FROM submission JOIN run ON run.submission_id = submission.id
          WHERE submission.id IN (
              SELECT first FROM wish
              UNION SELECT id FROM submission WHERE first_part = (SELECT first FROM wish))
            AND submission.id <> ?1 AND attempted_at IS NOT NULL AND run.due IS NULL
            AND run.state IN (\(RunState.active.map { "'\($0.rawValue)'" }.joined(separator: ", ")))
          GROUP BY submission.id, run.job_id ORDER BY submission.id
          """, arguments: [submission])
    }
    var parts: [PartAtWork] = []
    for row in rows {
      guard let id = row[0] as Int? else { return nil }
      parts.append(PartAtWork(jobID: id, runs: row[1]))
    }
    return parts
  }

  /// Whether a run of this submission was submitted anew since, under another one.
  public func hasRunsThatLeft(_ submission: Int64) throws -> Bool {
    try read { db in
      try Bool.fetchOne(
        db,
        sql: """
          SELECT EXISTS (
            SELECT 1 FROM attempt JOIN run ON run.id = attempt.run_id
            WHERE attempt.submission_id = ?1 AND run.submission_id IS NOT ?1)
          """, arguments: [submission]) ?? false
    }
  }

  /// Notes that the executor is about to be asked once more for a submission that it had no room for.
  /// - Parameter runs: all its runs, as they were read.
  /// - Returns: whether it is this process's to hand over; `false` where another one was first.
  public func beginOnceMore(
    _ submission: Int64, of runs: [RunRecord], by maker: String?
  ) throws -> Bool {
    try write { db in
      guard runs.allSatisfy({ $0.submissionID == submission && $0.due != nil }),
        try Self.unchanged(runs, db) != nil
      else { return false }
      let time = now()
      try db.execute(
        sql: """
          UPDATE submission SET state = 'submitting', attempted_at = ?, maker = ?
          WHERE id = ? AND state = 'refused'
          """, arguments: [time, maker, submission])
      guard db.changesCount > 0 else { return false }
      let statement = try db.cachedStatement(
        sql: "UPDATE run SET state = 'submitting', due = NULL WHERE id = ?")
      for run in runs {
        guard run.state.canBecome(.submitting) else {
          throw RegistryError.impossibleTransition(
            run: run.name, from: run.state, to: .submitting)
        }
        try statement.execute(arguments: [run.id])
      }
      try Self.log(db, run: nil, submission: submission, kind: "submission", "asked once more")
      return true
    }
  }
}
