import GRDB

/// What a job of Slurm's meant to a submission that was to wait for it.
public struct FormerJob: Sendable {
  /// Its id.
  public let id: Int
  /// The submission under which it was, and its token; `nil` where no run was that job.
  public let submission: Int64?
  public let token: String?
  /// Its runs as they are now, wherever they have gone since.
  private let runs: [RunRecord]
  /// Those of an array by the task that each was.
  private let tasks: [Int: RunRecord]

  fileprivate init(
    id: Int, submission: Int64? = nil, token: String? = nil, runs: [RunRecord] = [],
    tasks: [Int: RunRecord] = [:]
  ) {
    self.id = id
    self.submission = submission
    self.token = token
    self.runs = runs
    self.tasks = tasks
  }

  /// The runs, or the one that was this task.
  public func runs(at index: Int?) -> [RunRecord] {
    index.map { tasks[$0].map { [$0] } ?? [] } ?? runs
  }

  /// Whether a run is still that job, as far as anybody knows.
  public func isStill(_ run: RunRecord) -> Bool {
    run.submissionID == submission && run.jobID == id && run.missingSince == nil && run.due == nil
  }
}

extension Registry {
  /// The runs that were a job of Slurm's before a submission was made that waits for it. An id that was used
  /// again means its newest use until then, on the same cluster.
  public func formerJob(_ id: Int, before waiting: SubmissionRecord) throws -> FormerJob {
    let rows = try read { db in
      try Row.fetchAll(
        db,
        sql: """
          WITH held(run_id, submission_id, array_index) AS (
            SELECT run_id, submission_id, array_index FROM attempt WHERE job_id = ?1
            UNION SELECT id, submission_id, array_index FROM run WHERE job_id = ?1)
          SELECT run_id, submission_id, array_index, token FROM held
          JOIN submission ON submission.id = submission_id
          WHERE executor = 'slurm' AND submission_id < ?2
            AND (cluster IS NULL OR ?3 IS NULL OR cluster = ?3)
          ORDER BY submission_id DESC
          """, arguments: [id, waiting.id, waiting.cluster])
    }
    guard let newest = rows.first else { return FormerJob(id: id) }
    let submission: Int64 = newest[1]
    let indices = Dictionary(
      rows.filter { $0[1] == submission }.map { ($0[0] as Int64, $0[2] as Int?) },
      uniquingKeysWith: { first, _ in first })
    let runs = try runs(.ids(indices.keys.sorted()))
    let tasks = Dictionary(
      runs.compactMap { run in (indices[run.id] ?? nil).map { ($0, run) } },
      uniquingKeysWith: { first, _ in first })
    return FormerJob(
      id: id, submission: submission, token: newest[3], runs: runs, tasks: tasks)
  }
}
