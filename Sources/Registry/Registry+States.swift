import Foundation
import GRDB

/// News of one run, to be recorded only if the run still is what the news was made from.
public struct RunUpdate: Sendable {
  public var run: RunRecord
  public var state: RunState
  public var jobID: Int?
  public var startedAt: Double?
  public var endedAt: Double?
  public var exitCode: Int?
  public var signal: Int?
  public var nodes: String?
  public var reason: String?
  public var missingSince: Double?
  public var missingClock: String?
  public var due: NextStep?
  /// How often the run was started again before its next submission.
  public var restarts: Int
  /// What the run's next submission asks for instead; `nil` leaves it as it is.
  public var overrides: String?

  /// News that so far says only what is known already.
  public init(_ run: RunRecord) {
    self.run = run
    state = run.state
    jobID = run.jobID
    startedAt = run.startedAt
    endedAt = run.endedAt
    exitCode = run.exitCode
    signal = run.signal
    nodes = run.nodes
    reason = run.reason
    missingSince = run.missingSince
    missingClock = run.missingClock
    due = run.due
    restarts = run.restarts
    overrides = run.overridesJSON
  }

  /// Whether there is anything to record.
  public var changesSomething: Bool {
    state != run.state || jobID != run.jobID || startedAt != run.startedAt
      || endedAt != run.endedAt || exitCode != run.exitCode || signal != run.signal
      || nodes != run.nodes || reason != run.reason || missingSince != run.missingSince
      || missingClock != run.missingClock || due != run.due || restarts != run.restarts
      || overrides != run.overridesJSON
  }
}

extension Registry {
  /// Records news of runs in one transaction. An update whose run has moved on meanwhile (another
  /// state, submission or next step) is dropped: the other process knew more.
  /// - Returns: how many were recorded.
  /// - Throws: ``RegistryError/impossibleTransition(run:from:to:)`` before anything is written.
  @discardableResult
  public func apply(_ updates: [RunUpdate]) throws -> Int {
    let updates = updates.filter(\.changesSomething)
    for update in updates where !update.run.state.canBecome(update.state) {
      throw RegistryError.impossibleTransition(
        run: update.run.name, from: update.run.state, to: update.state)
    }
    if updates.isEmpty { return 0 }
    return try write { db in
      try updates.reduce(0) { count, update in count + (try Self.apply(update, db) ? 1 : 0) }
    }
  }

  static func apply(_ update: RunUpdate, _ db: Database) throws -> Bool {
    try db.cachedStatement(
      sql: """
        UPDATE run SET state = ?, job_id = ?, started_at = ?, ended_at = ?, exit_code = ?,
          signal = ?, nodes = ?, reason = ?, missing_since = ?, missing_clock = ?, due = ?,
          overrides = ?, restarts = ?
        WHERE id = ? AND state = ? AND submission_id IS ? AND due IS ?
        """
    ).execute(
      arguments: [
        update.state.rawValue, update.jobID, update.startedAt, update.endedAt, update.exitCode,
        update.signal, update.nodes, update.reason, update.missingSince, update.missingClock,
        update.due?.rawValue, update.overrides, update.restarts, update.run.id,
        update.run.state.rawValue, update.run.submissionID, update.run.due?.rawValue,
      ])
    guard db.changesCount > 0 else { return false }
    if update.state != update.run.state {
      let reason = update.reason.map { ": \($0)" } ?? ""
      try Self.log(
        db, run: update.run.id, submission: update.run.submissionID, kind: "state",
        "\(update.run.state.rawValue) → \(update.state.rawValue)\(reason)")
    }
    return true
  }

  /// Notes that a user asked for the end of these runs, before anybody is told to end them. The wish is
  /// for the run, whichever submission it has by now; one that has ended meanwhile is left alone.
  public func requestCancel(of runs: [RunRecord]) throws {
    let active = RunState.active.map { "'\($0.rawValue)'" }.joined(separator: ", ")
    try write { db in
      let statement = try db.cachedStatement(
        sql: "UPDATE run SET cancel_requested_at = ? WHERE id = ? AND state IN (\(active))")
      for run in runs {
        try statement.execute(arguments: [now(), run.id])
        if db.changesCount == 0 { continue }
        try Self.log(db, run: run.id, submission: run.submissionID, kind: "cancel", "requested")
      }
    }
  }

  static func log(
    _ db: Database, run: Int64?, submission: Int64?, kind: String, _ message: String
  ) throws {
    try db.cachedStatement(
      sql: "INSERT INTO event (time, run_id, submission_id, kind, message) VALUES (?, ?, ?, ?, ?)"
    ).execute(arguments: [now(), run, submission, kind, message])
  }
}
