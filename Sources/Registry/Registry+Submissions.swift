import Foundation
import GRDB

/// What is recorded of a submission's end.
public enum SubmissionState: String, Sendable {
  case submitting, accepted, refused, unconfirmed
}

extension Registry {
  /// Records what the executor answered, for the submission and all its runs that still wait for it.
  /// - Parameter due: what is still to be done with the runs, where it is not over with this answer.
  public func record(
    submission id: Int64, state: SubmissionState, runs next: RunState, jobID: Int? = nil,
    reason: String? = nil, due: NextStep? = nil
  ) throws {
    try write { db in
      try Self.record(
        submission: id, state: state, runs: next, jobID: jobID, reason: reason, due: due, db)
    }
  }

  /// Records that nobody knows the answer to a submission whose maker is gone.
  /// - Returns: `false` where it was answered, or begun by another process, since it was read.
  @discardableResult
  public func recordUnconfirmed(_ submission: SubmissionRecord, reason: String) throws -> Bool {
    try write { db in
      let isAsRead = try Bool.fetchOne(
        db,
        sql: """
          SELECT EXISTS (SELECT 1 FROM submission
            WHERE id = ? AND state = 'submitting' AND maker IS ? AND attempted_at IS ?)
          """, arguments: [submission.id, submission.maker, submission.attemptedAt])
      guard isAsRead == true else { return false }
      try Self.record(
        submission: submission.id, state: .unconfirmed, runs: .unconfirmed, reason: reason, db)
      return true
    }
  }

  private static func record(
    submission id: Int64, state: SubmissionState, runs next: RunState, jobID: Int? = nil,
    reason: String? = nil, due: NextStep? = nil, _ db: Database
  ) throws {
    let time = now()
    try db.execute(
      sql: """
        UPDATE submission SET state = ?, job_id = coalesce(?, job_id), reason = ?,
          submitted_at = coalesce(submitted_at, ?) WHERE id = ?
        """, arguments: [state.rawValue, jobID, reason, time, id])
    try db.execute(
      sql: """
        UPDATE run SET state = ?, job_id = coalesce(?, job_id), reason = ?, missing_since = NULL,
          missing_clock = NULL, due = ?, ended_at = CASE WHEN ? THEN ? ELSE NULL END
        WHERE submission_id = ? AND state IN ('submitting', 'unconfirmed')
        """, arguments: [next.rawValue, jobID, reason, due?.rawValue, !next.isActive, time, id])
    let id64 = jobID.map { " as job \($0)" } ?? ""
    try Self.log(
      db, run: nil, submission: id, kind: "submission",
      state.rawValue + id64 + (reason.map { ": \($0)" } ?? ""))
  }
}

/// One job as the executor reported it.
public struct JobRow: Sendable {
  public var run: RunRecord
  public var jobID: Int
  public var arrayIndex: Int?
  public var submitTime: Double
  public var state: String
  public var reason: String?
  public var startTime: Double?
  public var endTime: Double?
  public var exitCode: Int?
  public var signal: Int?
  public var nodes: String?

  /// A job of a run.
  public init(
    run: RunRecord, jobID: Int, arrayIndex: Int?, submitTime: Double, state: String,
    reason: String? = nil, startTime: Double? = nil, endTime: Double? = nil, exitCode: Int? = nil,
    signal: Int? = nil, nodes: String? = nil
  ) {
    self.run = run
    self.jobID = jobID
    self.arrayIndex = arrayIndex
    self.submitTime = submitTime
    self.state = state
    self.reason = reason
    self.startTime = startTime
    self.endTime = endTime
    self.exitCode = exitCode
    self.signal = signal
    self.nodes = nodes
  }
}

extension Registry {
  /// Records jobs as they were seen; a job is known by run, id, array index and submit time.
  public func record(jobs: [JobRow]) throws {
    if jobs.isEmpty { return }
    try write { db in
      let statement = try db.cachedStatement(
        sql: """
          INSERT INTO job (run_id, submission_id, job_id, array_index, submit_time, state, reason,
            start_time, end_time, exit_code, signal, nodes, seen_at)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
          ON CONFLICT (run_id, job_id, coalesce(array_index, -1), submit_time) DO UPDATE SET
            state = excluded.state, reason = excluded.reason,
            start_time = coalesce(excluded.start_time, start_time),
            end_time = coalesce(excluded.end_time, end_time),
            exit_code = coalesce(excluded.exit_code, exit_code),
            signal = coalesce(excluded.signal, signal),
            nodes = coalesce(excluded.nodes, nodes), seen_at = excluded.seen_at
          """)
      for job in jobs where job.run.submissionID != nil {
        try statement.execute(
          arguments: [
            job.run.id, job.run.submissionID, job.jobID, job.arrayIndex, job.submitTime, job.state,
            job.reason, job.startTime, job.endTime, job.exitCode, job.signal, job.nodes, now(),
          ])
      }
    }
  }
}
