import Registry
import RunContract
import Scheduler

extension Reconciler {
  /// What has to be known of a site before its silence means anything.
  struct Site {
    /// The cluster that was asked, where that is known.
    var cluster: String?
    var patience: Patience
  }

  /// Learns what a site's silence means, and asks for no more than is needed: the name of its cluster, so
  /// that what was submitted to another one is not missed here; and where there are no books, for how long
  /// its controller shows what has ended, for a job that is gone may have been ended by somebody since.
  func site(
    behind observation: Observation, of runs: [RunRecord], _ executor: any Executor
  ) async throws -> Site {
    var known = Site(cluster: executor.cluster, patience: patience)
    guard executor.name == .slurm, observation.isComplete else { return known }
    let isMissed = observation.jobs.count < runs.count
    let needsName =
      known.cluster == nil && isMissed && runs.contains { $0.cluster != nil }
    // Books know what has ended, but for tasks that were cancelled while they waited.
    let needsAge =
      observation.accounting != .failed
      && runs.contains { $0.missingSince != nil && (observation.accounting == .none || $0.isArray) }
    // A look is two commands at most: as long as one is enough, the other one asks what will be needed one day.
    let isRoom = !isMissed && !runs.isEmpty && !observation.jobs.contains(where: \.isFromBooks)
    let mayAsk = needsName || needsAge
    var site =
      known.cluster == nil || mayAsk || isRoom ? try registry.site(at: executor.address) : nil
    if mayAsk, site?.isSilent == true { site = nil }
    if site == nil, mayAsk || isRoom {
      let record = await executor.site().map(SiteRecord.init) ?? .silent
      try registry.record(record, at: executor.address)
      site = record
    }
    known.cluster = known.cluster ?? site?.cluster
    if needsAge {
      known.patience.endedJobsAreShownFor = min(
        patience.endedJobsAreShownFor, max(0, site?.showsEndedJobsFor ?? 0) * 0.8)
    }
    return known
  }
}

extension Registry {
  /// Keeps what a site says of itself, where that is not known.
  public func keep(_ facts: SlurmSiteFacts, at address: String) throws {
    if let known = try site(at: address), !known.isSilent { return }
    try record(SiteRecord(ExecutorSite(facts)), at: address)
  }
}

extension SiteRecord {
  fileprivate init(_ site: ExecutorSite) {
    self.init(cluster: site.cluster, showsEndedJobsFor: site.showsEndedJobsFor)
  }
}
