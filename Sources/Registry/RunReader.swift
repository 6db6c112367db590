import GRDB

/// Reads runs within one transaction. What the runs of an experiment or a submission have in common is read
/// once and shared: ten thousand tasks of one array have the same token.
struct RunReader {
  /// The columns in the order in which they are read: by place, because a name costs ten times as much.
  static let selection = """
    SELECT run.id, run.name, run.experiment_id, run.config_id, config.sha256, config.json, run.state,
      run.submission_id, run.array_index, run.job_id, run.directory, run.created_at,
      run.submitted_at, run.started_at, run.ended_at, run.exit_code, run.signal, run.nodes,
      run.reason, run.missing_since, run.cancel_requested_at, run.metrics_offset,
      run.damaged_lines, run.last_step, run.last_epoch, run.last_values, run.due, run.restarts,
      run.missing_clock, run.overrides, run.cancel_asked_at
    FROM run JOIN config ON config.id = run.config_id
    """

  private let db: Database
  private var experiments: [Int64: String] = [:]
  private var submissions: [Int64: RunRecord.Submission] = [:]

  init(_ db: Database) { self.db = db }

  /// The runs that a statement made of ``selection`` gives.
  mutating func read(
    _ statement: Statement, _ arguments: StatementArguments
  ) throws -> [RunRecord] {
    var runs: [RunRecord] = []
    let rows = try Row.fetchCursor(statement, arguments: arguments)
    while let row = try rows.next() { runs.append(try run(row)) }
    return runs
  }

  private mutating func run(_ row: Row) throws -> RunRecord {
    let word: String = row[6]
    guard let state = RunState(rawValue: word) else {
      throw DatabaseError(message: "run \(row[1] as String) has the unknown state \(word)")
    }
    return RunRecord(
      fixed: RunRecord.Fixed(
        row, state: state, experiment: try experiment(row[2]),
        submission: try (row[7] as Int64?).map { try submission($0) }))
  }

  private mutating func experiment(_ id: Int64) throws -> String {
    if let known = experiments[id] { return known }
    let statement = try db.cachedStatement(sql: "SELECT name FROM experiment WHERE id = ?")
    guard let name = try String.fetchOne(statement, arguments: [id]) else {
      throw DatabaseError(message: "there is no experiment \(id)")
    }
    experiments[id] = name
    return name
  }

  private mutating func submission(_ id: Int64) throws -> RunRecord.Submission {
    if let known = submissions[id] { return known }
    let statement = try db.cachedStatement(
      sql: """
        SELECT id, executor, token, is_array, directory, waiting_reason, cluster
        FROM submission WHERE id = ?
        """)
    guard let row = try Row.fetchOne(statement, arguments: [id]) else {
      throw DatabaseError(message: "there is no submission \(id)")
    }
    let submission = RunRecord.Submission(row)
    submissions[id] = submission
    return submission
  }
}
