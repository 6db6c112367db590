import GRDB

/// What an executor showed of a submission.
public struct Sighting: Sendable {
  /// Why its tasks wait, where some do.
  public var reason: String?
  /// When the executor took it, by the executor's own clock.
  public var submitTime: Double?
  /// The cluster that showed it, where that is known.
  public var cluster: String?

  /// A sighting.
  public init(reason: String? = nil, submitTime: Double? = nil, cluster: String? = nil) {
    self.reason = reason
    self.submitTime = submitTime
    self.cluster = cluster
  }
}

extension Registry {
  /// Notes when submissions were last seen and why they wait, where that is news.
  /// - Parameter seen: by submission.
  public func noteSeen(_ seen: [Int64: Sighting]) throws {
    if seen.isEmpty { return }
    let time = now()
    let stale = try read { db in
      let statement = try db.cachedStatement(
        sql: """
          SELECT 1 FROM submission WHERE id = ? AND (coalesce(seen_at, 0) NOT BETWEEN ? AND ? OR
            (? IS NOT NULL AND waiting_reason IS NOT ?))
          """)
      return try seen.filter { id, sight in
        try Int.fetchOne(
          statement, arguments: [id, time - Self.seenEvery, time + 1, sight.reason, sight.reason])
          != nil
      }
    }
    if stale.isEmpty { return }
    try write { db in
      let statement = try db.cachedStatement(
        sql: """
          UPDATE submission SET seen_at = ?, waiting_reason = coalesce(?, waiting_reason),
            job_submit_time = coalesce(job_submit_time, ?), cluster = coalesce(cluster, ?)
          WHERE id = ?
          """)
      for (id, sight) in stale {
        try statement.execute(
          arguments: [time, sight.reason, sight.submitTime, sight.cluster, id])
      }
    }
  }

  /// Seconds within which being seen once more is no news.
  private static let seenEvery = 20.0

  /// The times at which the executor took the jobs of these runs, as it said itself when it showed them.
  public func submitTimes(of runs: [RunRecord]) throws -> [Int64: Set<Double>] {
    try read { db in
      let statement = try db.cachedStatement(
        sql: """
          SELECT job_submit_time FROM submission WHERE id = ? AND job_submit_time IS NOT NULL
          UNION SELECT submit_time FROM job WHERE run_id = ? AND submission_id = ? AND job_id = ?
          """)
      var times: [Int64: Set<Double>] = [:]
      for run in runs {
        let submission = run.submissionID
        times[run.id] = Set(
          try Double.fetchAll(
            statement, arguments: [submission, run.id, submission, run.jobID]))
      }
      return times
    }
  }

  /// Notes that the executor was asked to end these runs, as a user wished.
  public func noteAskedToEnd(_ runs: [RunRecord]) throws {
    if runs.isEmpty { return }
    try write { db in
      let statement = try db.cachedStatement(
        sql: "UPDATE run SET cancel_asked_at = ? WHERE id = ?")
      for run in runs {
        try statement.execute(arguments: [now(), run.id])
        try Self.log(
          db, run: run.id, submission: run.submissionID, kind: "cancel", "asked the executor")
      }
    }
  }
}

/// What an executor said of itself.
public struct SiteRecord: Sendable, Equatable {
  /// The cluster's name.
  public var cluster: String?
  /// Seconds for which it shows a job that has ended.
  public var showsEndedJobsFor: Double

  /// A record.
  public init(cluster: String?, showsEndedJobsFor: Double) {
    self.cluster = cluster
    self.showsEndedJobsFor = showsEndedJobsFor
  }

  /// That a site did not answer, so that who does not need to know does not ask again at once.
  public static let silent = SiteRecord(cluster: nil, showsEndedJobsFor: -1)
  /// Whether it did not answer.
  public var isSilent: Bool { showsEndedJobsFor < 0 }
}

extension Registry {
  /// Seconds for which what a site said of itself is believed.
  private static let siteStands = 3600.0

  /// What the executor at an address said of itself a while ago; `nil` where it has to be asked.
  public func site(at address: String) throws -> SiteRecord? {
    let time = now()
    return try read { db in
      let row = try Row.fetchOne(
        db,
        sql: """
          SELECT cluster, shows_ended_jobs_for FROM site
          WHERE address = ? AND asked_at BETWEEN ? AND ?
          """, arguments: [address, time - Self.siteStands, time + 1])
      return row.map {
        SiteRecord(cluster: $0["cluster"], showsEndedJobsFor: $0["shows_ended_jobs_for"])
      }
    }
  }

  /// Keeps what the executor at an address says of itself.
  public func record(_ site: SiteRecord, at address: String) throws {
    try write { db in
      try db.execute(
        sql: """
          INSERT OR REPLACE INTO site (address, cluster, shows_ended_jobs_for, asked_at)
          VALUES (?, ?, ?, ?)
          """, arguments: [address, site.cluster, site.showsEndedJobsFor, now()])
    }
  }
}
