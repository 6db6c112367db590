import Foundation
import GRDB

/// A submission that is about to be handed to an executor.
public struct NewSubmission: Sendable {
  public var token: String
  public var executor: String
  /// The absolute path of the submission directory.
  public var directory: String
  public var isArray: Bool
  public var scriptSHA256: String
  public var manifestSHA256: String
  public var templateSHA256: String

  /// A submission.
  public init(
    token: String, executor: String, directory: String, isArray: Bool, scriptSHA256: String,
    manifestSHA256: String, templateSHA256: String
  ) {
    self.token = token
    self.executor = executor
    self.directory = directory
    self.isArray = isArray
    self.scriptSHA256 = scriptSHA256
    self.manifestSHA256 = manifestSHA256
    self.templateSHA256 = templateSHA256
  }
}

/// What is recorded of a submission's end.
public enum SubmissionState: String, Sendable {
  case submitting, accepted, refused, unconfirmed
}

extension Registry {
  /// Records the intent to submit these runs, before anything is handed over.
  ///
  /// The runs get array indices in their order. A run that is no longer `created` makes the whole
  /// intent fail: another process has taken it.
  /// - Returns: the submission's key.
  public func intend(_ submission: NewSubmission, runs: [RunRecord]) throws -> Int64 {
    try write { db in
      try db.execute(
        sql: """
          INSERT INTO submission (token, experiment_id, executor, state, directory, is_array,
            script_sha256, manifest_sha256, template_sha256, created_at)
          SELECT ?, experiment_id, ?, 'submitting', ?, ?, ?, ?, ?, ? FROM run WHERE id = ?
          """,
        arguments: [
          submission.token, submission.executor, submission.directory, submission.isArray,
          submission.scriptSHA256, submission.manifestSHA256, submission.templateSHA256,
          now(), runs.first?.id,
        ])
      let id = db.lastInsertedRowID
      let statement = try db.cachedStatement(
        sql: """
          UPDATE run SET state = 'submitting', submission_id = ?, array_index = ?, submitted_at = ?
          WHERE id = ? AND state = 'created'
          """)
      for (index, run) in runs.enumerated() {
        try statement.execute(arguments: [id, index, now(), run.id])
        guard db.changesCount == 1 else {
          throw DatabaseError(message: "run \(run.name) was taken by another process")
        }
      }
      try Self.log(
        db, run: nil, submission: id, kind: "intent",
        "\(submission.token): \(runs.count) run(s) through \(submission.executor)")
      return id
    }
  }

  /// Records what the executor answered, for the submission and all its runs that still wait for it.
  public func record(
    submission id: Int64, state: SubmissionState, runs next: RunState, jobID: Int? = nil,
    reason: String? = nil
  ) throws {
    try write { db in
      let time = now()
      try db.execute(
        sql: """
          UPDATE submission SET state = ?, job_id = coalesce(?, job_id), reason = ?,
            submitted_at = coalesce(submitted_at, ?) WHERE id = ?
          """, arguments: [state.rawValue, jobID, reason, time, id])
      try db.execute(
        sql: """
          UPDATE run SET state = ?, job_id = coalesce(?, job_id), reason = ?,
            ended_at = CASE WHEN ? THEN ? ELSE NULL END
          WHERE submission_id = ? AND state IN ('submitting', 'unconfirmed')
          """, arguments: [next.rawValue, jobID, reason, !next.isActive, time, id])
      let id64 = jobID.map { " as job \($0)" } ?? ""
      try Self.log(
        db, run: nil, submission: id, kind: "submission",
        state.rawValue + id64 + (reason.map { ": \($0)" } ?? ""))
    }
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
