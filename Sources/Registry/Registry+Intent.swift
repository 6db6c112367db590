import Foundation
import GRDB
import RunContract

/// The wish to train some configs.
public struct SubmissionWish: Sendable {
  /// The experiment's name.
  public var experiment: String
  /// The job file's text, where there is one.
  public var jobFile: String?
  public var configs: [NamedConfig]
  /// The absolute path of the experiment's folder of runs.
  public var directory: String
  /// Whether configs that have an active or completed run are run once more.
  public var again: Bool
  /// The run that the new ones repeat, where they repeat one.
  public var parent: Int64?
  /// In what a repetition is not what its run was, where somebody wanted it all the same.
  public var deviations: [String]
  /// The highest number of a run of this experiment that is taken although no run here has it.
  public var takenNumber = 0

  /// A wish.
  public init(
    experiment: String, jobFile: String?, configs: [Config], directory: String, again: Bool,
    parent: Int64? = nil, deviations: [String] = []
  ) {
    self.init(
      experiment: experiment, jobFile: jobFile, named: configs.map(\.named), directory: directory,
      again: again, parent: parent, deviations: deviations)
  }

  /// A wish for configs whose names are worked out.
  public init(
    experiment: String, jobFile: String?, named configs: [NamedConfig], directory: String,
    again: Bool, parent: Int64? = nil, deviations: [String] = []
  ) {
    self.parent = parent
    self.deviations = deviations
    self.experiment = experiment
    self.jobFile = jobFile
    self.configs = configs
    self.directory = directory
    self.again = again
  }
}

/// A run that a submission is being made for.
public struct PlannedRun: Sendable, Identifiable {
  /// The run's key; 0 while it is only planned.
  public internal(set) var id: Int64
  public let name: String
  /// The absolute path of its directory.
  public let directory: String
  public let config: Config
  /// The config's canonical JSON.
  public let configJSON: String
  var number = 0
  var configID: Int64 = 0

  init(_ run: RunRecord) {
    id = run.id
    name = run.name
    directory = run.directory
    config = run.config
    configJSON = run.config.canonicalJSON
  }

  init(name: String, number: Int, directory: String, config: NamedConfig, configID: Int64) {
    id = 0
    self.name = name
    self.directory = directory
    self.config = config.config
    configJSON = config.canonicalJSON
    self.number = number
    self.configID = configID
  }
}

/// A submission that is complete on disk and about to be recorded.
public struct NewSubmission: Sendable {
  public var token: String
  public var executor: String
  /// The absolute path of the submission directory.
  public var directory: String
  public var isArray: Bool
  /// What its files hold; `nil` while they are being written.
  public var hashes: SubmissionHashes?
  public var template: (sha256: String, text: String)
  /// JSON of all that rendering needs, and the seal of who made it.
  public var recipe: String?
  public var seal: String?
  /// The process that makes it.
  public var maker: String?
  /// The cluster that it is going to be handed to, where that is known.
  public var cluster: String?
  /// The runs in the order of their array indices.
  public var runs: [PlannedRun]

  /// A submission of these runs.
  public init(
    token: String, executor: String, directory: String, isArray: Bool,
    hashes: SubmissionHashes?, template: (sha256: String, text: String), recipe: String? = nil,
    seal: String? = nil, maker: String? = nil, cluster: String? = nil, runs: [PlannedRun]
  ) {
    self.token = token
    self.executor = executor
    self.directory = directory
    self.isArray = isArray
    self.hashes = hashes
    self.template = template
    self.recipe = recipe
    self.seal = seal
    self.maker = maker
    self.cluster = cluster
    self.runs = runs
  }
}

/// The SHA-256 of a submission's files.
public struct SubmissionHashes: Sendable {
  public let script: String
  public let manifest: String

  /// Hashes of a script and a manifest.
  public init(script: String, manifest: String) {
    self.script = script
    self.manifest = manifest
  }

  /// What stands for them within the transaction that records the submission, while its files are being
  /// written; nobody ever sees it.
  static let unknown = SubmissionHashes(
    script: String(repeating: "0", count: 64), manifest: String(repeating: "0", count: 64))
}

/// A submission as it was recorded.
public struct RecordedSubmission: Sendable, Identifiable {
  public let id: Int64
  public let submission: NewSubmission
}

extension Registry {
  /// Records the intent to submit: runs and submissions in one transaction, so that a process that is
  /// killed at any moment leaves either nothing at all or all that is needed to finish its work.
  ///
  /// - Parameters:
  ///   - finish: waits until all that `prepare` has begun to put on disk is there, and gives the hashes of
  ///     the submissions that had none. It runs as the last thing before the intent is recorded; nothing
  ///     is where it throws.
  ///   - prepare: makes the submissions of the planned runs and puts them on disk, or begins to. It runs
  ///     inside the transaction, because only there the runs' numbers are certain; nothing is recorded
  ///     where it throws.
  /// - Returns: the submissions, and the runs that stand for configs which were left out.
  public func intend(
    _ wish: SubmissionWish, finish: () throws -> [SubmissionHashes] = { [] },
    prepare: ([PlannedRun]) throws -> [NewSubmission]
  ) throws -> (submissions: [RecordedSubmission], skipped: [RunRecord]) {
    try write { db in
      let experiment = try Self.takeIn(experiment: wish.experiment, jobFile: wish.jobFile, db)
      let (planned, skipped) = try Self.plan(wish, experiment, db)
      let submissions = planned.isEmpty ? [] : try prepare(planned)
      var recorded: [RecordedSubmission] = []
      for (place, var submission) in submissions.enumerated() {
        // The first is handed over at once; the others when the one before them was accepted.
        let id = try Self.insert(
          submission, experiment.id, isAttempted: place == 0, firstPart: recorded.first?.id, db)
        try Self.insertRuns(
          &submission.runs, experiment.id, submission: id, parent: wish.parent, db)
        for run in submission.runs { try Self.note(wish.deviations, of: run, submission: id, db) }
        recorded.append(RecordedSubmission(id: id, submission: submission))
      }
      let hashes = try finish()
      for (submission, hashes) in zip(recorded, hashes) {
        try Self.note(hashes, of: submission.id, db)
      }
      guard hashes.count == recorded.count || recorded.allSatisfy({ $0.submission.hashes != nil })
      else { throw Self.noHashes }
      return (recorded, try Self.runs(skipped, db))
    }
  }

  /// Records the intent to submit runs once more, under a new token: those that never started, that were
  /// interrupted, or that ended and are to be tried again.
  /// - Parameters:
  ///   - reason: why, for the history.
  ///   - byHand: whether a user asked for it, which gives the runs all their requeues back.
  ///   - overrides: what this submission asks sbatch for in place of the recipe; `nil` for what stands.
  ///   - prepare: as in ``intend(_:prepare:)``.
  /// - Returns: `nil` where another process was first with any of them; nothing is recorded then.
  public func intendAgain(
    _ runs: [RunRecord], because reason: String?, byHand: Bool = false, overrides: String? = nil,
    prepare: ([PlannedRun]) throws -> NewSubmission
  ) throws -> RecordedSubmission? {
    guard let first = runs.first else { return nil }
    return try write { db in
      guard let now = try Self.unchanged(runs, db) else { return nil }
      // What was cancelled, however long ago it was read, is submitted by nobody but a user.
      guard byHand || now.allSatisfy({ $0.cancelRequestedAt == nil }) else { return nil }
      let experiment =
        try Int64.fetchOne(
          db, sql: "SELECT experiment_id FROM run WHERE id = ?", arguments: [first.id]) ?? 0
      let submission = try prepare(now.map(PlannedRun.init))
      guard submission.hashes != nil else { throw Self.noHashes }
      let wish = try Int64.fetchOne(
        db, sql: "SELECT coalesce(first_part, id) FROM submission WHERE id = ?",
        arguments: [first.submissionID])
      let id = try Self.insert(submission, experiment, isAttempted: true, firstPart: wish, db)
      try Self.move(now, to: id, because: reason, byHand: byHand, overrides: overrides, db)
      return RecordedSubmission(id: id, submission: submission)
    }
  }

  /// The runs as they are now; `nil` where another process has changed one of them.
  static func unchanged(_ runs: [RunRecord], _ db: Database) throws -> [RunRecord]? {
    let now = try Self.runs(runs.map(\.id), db)
    let isUnchanged =
      now.count == runs.count
      && zip(now, runs).allSatisfy { $0.isUnchanged(since: $1) }
    return isUnchanged ? now : nil
  }

  private static func plan(
    _ wish: SubmissionWish, _ experiment: ExperimentRecord, _ db: Database
  ) throws -> (planned: [PlannedRun], skipped: [Int64]) {
    var number =
      try Int.fetchOne(
        db, sql: "SELECT max(number) FROM run WHERE experiment_id = ?", arguments: [experiment.id])
      ?? 0
    number = max(number, wish.takenNumber)
    let standing = try db.cachedStatement(sql: Self.standingRun)
    let keys = try ConfigKeys(db)
    var planned: [PlannedRun] = []
    var skipped: [Int64] = []
    for config in wish.configs {
      let (id, isNew) = try keys.key(of: config)
      if !wish.again, !isNew,
        let run = try Int64.fetchOne(standing, arguments: [experiment.id, id])
      {
        skipped.append(run)
        continue
      }
      number += 1
      let name = "\(experiment.name)-\(number)"
      planned.append(
        PlannedRun(
          name: name, number: number, directory: "\(wish.directory)/\(name)", config: config,
          configID: id))
    }
    return (planned, skipped)
  }

  private static func insert(
    _ submission: NewSubmission, _ experiment: Int64, isAttempted: Bool, firstPart: Int64?,
    _ db: Database
  ) throws -> Int64 {
    try db.cachedStatement(sql: "INSERT OR IGNORE INTO template (sha256, text) VALUES (?, ?)")
      .execute(arguments: [submission.template.sha256, submission.template.text])
    let time = now()
    let hashes = submission.hashes ?? .unknown
    try db.cachedStatement(
      sql: """
        INSERT INTO submission (token, experiment_id, executor, state, directory, is_array,
          script_sha256, manifest_sha256, template_sha256, recipe, seal, maker, attempted_at,
          created_at, cluster, first_part)
        VALUES (?, ?, ?, 'submitting', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
    ).execute(
      arguments: [
        submission.token, experiment, submission.executor, submission.directory,
        submission.isArray, hashes.script, hashes.manifest, submission.template.sha256,
        submission.recipe, submission.seal, submission.maker, isAttempted ? time : nil, time,
        submission.cluster, firstPart,
      ])
    let id = db.lastInsertedRowID
    try Self.log(
      db, run: nil, submission: id, kind: "intent",
      "\(submission.token): \(submission.runs.count) run(s) through \(submission.executor)")
    return id
  }

  private static var noHashes: DatabaseError {
    DatabaseError(message: "a submission has no hashes of its files")
  }

  private static func note(
    _ hashes: SubmissionHashes, of submission: Int64, _ db: Database
  ) throws {
    try db.cachedStatement(
      sql: "UPDATE submission SET script_sha256 = ?, manifest_sha256 = ? WHERE id = ?"
    ).execute(arguments: [hashes.script, hashes.manifest, submission])
  }

  private static func insertRuns(
    _ runs: inout [PlannedRun], _ experiment: Int64, submission: Int64, parent: Int64?,
    _ db: Database
  ) throws {
    let time = now()
    var statement: (insert: BulkInsert, rows: Int)?
    for start in stride(from: 0, to: runs.count, by: rowsAtOnce) {
      let part = start..<min(start + rowsAtOnce, runs.count)
      if statement?.rows != part.count {
        statement = (try runInsertion(rows: part.count, db), part.count)
      }
      guard let insert = statement?.insert else { continue }
      insert.bind(experiment, at: 1)
      insert.bind(submission, at: 2)
      insert.bind(time, at: 3)
      if let parent { insert.bind(parent, at: 4) }
      var parameter: Int32 = 5
      for index in part {
        let run = runs[index]
        insert.bind(run.name, at: parameter)
        insert.bind(Int64(run.number), at: parameter + 1)
        insert.bind(run.configID, at: parameter + 2)
        insert.bind(Int64(index), at: parameter + 3)
        insert.bind(run.directory, at: parameter + 4)
        parameter += 5
      }
      try insert.insert()
      // SQLite gives the key after the largest, row by row.
      let last = db.lastInsertedRowID
      for index in part { runs[index].id = last - Int64(part.upperBound - 1 - index) }
    }
  }

  /// So many runs are inserted by one statement: to begin and end one takes as long as a row.
  private static let rowsAtOnce = 32

  private static func runInsertion(rows: Int, _ db: Database) throws -> BulkInsert {
    let values = (0..<rows).map { row in
      let first = 5 + 5 * row
      return "(?\(first), ?\(first + 1), ?1, ?\(first + 2), 'submitting', ?2, ?\(first + 3), "
        + "?\(first + 4), ?3, ?3, ?4)"
    }
    return try BulkInsert(
      """
      INSERT INTO run (name, number, experiment_id, config_id, state, submission_id, array_index,
        directory, created_at, submitted_at, parent_id)
      VALUES \(values.joined(separator: ", "))
      """, db)
  }

  /// Gives runs a new submission and keeps a note of the one before.
  private static func move(
    _ runs: [RunRecord], to submission: Int64, because reason: String?, byHand: Bool,
    overrides: String?, _ db: Database
  ) throws {
    let note = try db.cachedStatement(
      sql: """
        INSERT INTO attempt (run_id, number, submission_id, array_index, job_id, state, reason,
          ended_at)
        SELECT id, 1 + (SELECT count(*) FROM attempt WHERE run_id = run.id), submission_id,
          array_index, job_id, state, coalesce(?, reason), ? FROM run WHERE id = ?
        """)
    let change = try db.cachedStatement(
      sql: """
        UPDATE run SET state = 'submitting', submission_id = ?, array_index = ?, job_id = NULL,
          submitted_at = ?, ended_at = NULL, exit_code = NULL, signal = NULL, nodes = NULL,
          reason = NULL, missing_since = NULL, missing_clock = NULL, cancel_requested_at = NULL,
          due = NULL, restarts = ?, overrides = coalesce(?, overrides)
        WHERE id = ?
        """)
    for (index, run) in runs.enumerated() {
      guard run.state.canBecome(.submitting) else {
        throw RegistryError.impossibleTransition(run: run.name, from: run.state, to: .submitting)
      }
      try note.execute(arguments: [reason, now(), run.id])
      try change.execute(arguments: [
        submission, index, now(), byHand ? 0 : run.restarts, overrides, run.id,
      ])
      try Self.log(
        db, run: run.id, submission: submission, kind: "state",
        "\(run.state.rawValue) → submitting" + (reason.map { ": \($0)" } ?? ""))
    }
  }
}

extension RunRecord {
  /// Whether nobody has submitted, ended or cancelled the run since an earlier record of it.
  public func isUnchanged(since earlier: RunRecord) -> Bool {
    state == earlier.state && submissionID == earlier.submissionID && due == earlier.due
      // Whoever cancelled it a moment ago means the next start, too.
      && cancelRequestedAt == earlier.cancelRequestedAt
  }
}
