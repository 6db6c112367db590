import GRDB

/// One job of a run, as far as it used nodes.
public struct JobUsage: Sendable, Equatable {
  public let startTime: Double?
  public let endTime: Double?
  /// In Slurm's notation, or the host.
  public let nodes: String?

  /// A job from its start to its end.
  public init(startTime: Double?, endTime: Double?, nodes: String?) {
    self.startTime = startTime
    self.endTime = endTime
    self.nodes = nodes
  }
}

extension Registry {
  /// The jobs that runs have had, in the order of their submission, by run; a run that no job was seen of is
  /// left out.
  public func jobs(runs: [Int64]) throws -> [Int64: [JobUsage]] {
    try read { db in
      let statement = try db.cachedStatement(
        sql: """
          SELECT start_time, end_time, nodes FROM job WHERE run_id = ? ORDER BY submit_time, id
          """)
      return try runs.reduce(into: [:]) { jobs, run in
        let rows = try Row.fetchAll(statement, arguments: [run])
        if rows.isEmpty { return }
        jobs[run] = rows.map { JobUsage(startTime: $0[0], endTime: $0[1], nodes: $0[2]) }
      }
    }
  }
}
