import GRDB

extension Registry {
  /// Gives runs back what they were before a submission that nobody accepted: their former submission, and the end
  /// that they had.
  /// - Parameters:
  ///   - runs: the runs as they were read before.
  ///   - submission: the one that was refused. Runs that have moved on since are left alone.
  public func restore(_ runs: [RunRecord], from submission: Int64) throws {
    try write { db in
      let change = try db.cachedStatement(
        sql: """
          UPDATE run SET state = ?, submission_id = ?, array_index = ?, job_id = ?, submitted_at = ?,
            ended_at = ?, exit_code = ?, signal = ?, nodes = ?, reason = ?, cancel_requested_at = ?,
            cancel_asked_at = ?, restarts = ?, overrides = ?
          WHERE id = ? AND submission_id = ? AND state = 'failed' AND due IS NULL
          """)
      let forget = try db.cachedStatement(
        sql: "DELETE FROM attempt WHERE run_id = ? AND submission_id IS ? AND number = "
          + "(SELECT max(number) FROM attempt WHERE run_id = ?)")
      for run in runs {
        try change.execute(arguments: [
          run.state.rawValue, run.submissionID, run.arrayIndex, run.jobID, run.submittedAt,
          run.endedAt, run.exitCode, run.signal, run.nodes, run.reason, run.cancelRequestedAt,
          run.cancelAskedAt, run.restarts, run.overridesJSON, run.id, submission,
        ])
        guard db.changesCount == 1 else { continue }
        try forget.execute(arguments: [run.id, run.submissionID, run.id])
        try Self.log(
          db, run: run.id, submission: submission, kind: "state",
          "failed → \(run.state.rawValue): what was asked for was not accepted")
      }
    }
  }
}
