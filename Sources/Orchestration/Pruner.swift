import Foundation
import Registry
import RunContract
import Scheduler

/// Finds and removes what nobody needs any more: checkpoints of runs that are over, submission directories
/// that no run refers to, and kept programs that no submission runs; where it is asked to, also the
/// directories of runs that came to no good end and of submissions that are over.
///
/// It removes only below the project's own folders, follows no symbolic link, and never touches a run
/// that is active, nor what the registry knows of any.
public struct Pruner: Sendable {
  let project: Project
  let registry: Registry
  let listed: Set<String>?

  /// A pruner.
  /// - Parameter listed: the names of the jobs that Slurm holds; `nil` where it did not say.
  public init(project: Project, registry: Registry, listed: Set<String>?) {
    self.project = project
    self.registry = registry
    self.listed = listed
  }

  /// What may go.
  public struct Rule: Sendable {
    /// Only runs that ended at least so many seconds ago.
    public var olderThan = 30 * 86_400.0
    /// Only runs in these states.
    public var states = RunState.allCases.filter { !$0.isActive }
    /// Only this experiment's.
    public var experiment: String?
    /// Which checkpoints stay.
    public var keep = Keep.best
    /// Whether whole directories go: of runs that ended otherwise than well, and of submissions all of whose
    /// runs have ended.
    public var directories = false
    /// Bytes that the checkpoints of ended runs may take together, or with ``directories`` all that their
    /// directories hold; the oldest go first until they do, whatever their age. `nil` for no such bound.
    public var quota: Int?

    /// The checkpoints that stay.
    public enum Keep: String, Sendable, CaseIterable {
      /// The best and the final one.
      case best
      /// The final one.
      case final
      case none
    }

    /// Checkpoints but the best and final ones, of runs that ended a month ago.
    public init() {}
  }

  /// One thing that can be removed.
  public struct Item: Sendable {
    public enum Kind: String, Sendable { case checkpoint, directory, submission, program }
    public var kind: Kind
    /// The absolute path.
    public var path: String
    public var bytes: Int
    /// The run it belongs to, where it is one's.
    public var run: String? { record?.name }
    var record: RunRecord?
    var submissionID: Int64?
  }

  /// What a rule lets go.
  public struct Plan: Sendable {
    public var items: [Item]
    /// What comes of the rule's quota, where it has one.
    public var quota: PruneQuota?
  }

  /// Lists what a rule lets go and changes nothing.
  public func plan(_ rule: Rule, now: Double) throws -> Plan {
    var filter = RunFilter()
    filter.experiment = rule.experiment
    filter.states = rule.states.filter { !$0.isActive }
    let held = try heldSubmissions()
    let heldRuns = Set(try held.flatMap { try project.runNames(of: $0).map(String.init) })
    let ended = try registry.runs(filter).filter { !heldRuns.contains($0.name) }
      .sorted { ($0.endedAt ?? 0) < ($1.endedAt ?? 0) }
    func isOld(_ run: RunRecord, _ age: Double) -> Bool { now - (run.endedAt ?? now) >= age }
    let holdings = try ended.map { try PruneHolding($0, rule, project) }
    var plan = Plan(items: [])
    if let quota = rule.quota {
      plan.quota = PruneQuota(quota, holdings, &plan.items)
    } else {
      plan.items = holdings.filter { isOld($0.run, rule.olderThan) }.flatMap(\.removable)
    }
    if rule.directories {
      // What an administrator requeues, its script looks up in the submission's directory.
      let age = max(rule.olderThan, Reconciler.afterglow)
      plan.items += try settledSubmissions(of: ended.filter { isOld($0, age) })
    }
    if rule.experiment == nil {
      plan.items += try orphanedSubmissions(olderThan: rule.olderThan, now: now, besides: held)
      plan.items += try unusedPrograms(olderThan: rule.olderThan, now: now)
    }
    return plan
  }

  private func settledSubmissions(of runs: [RunRecord]) throws -> [Item] {
    try registry.settledSubmissions(ofNoneBut: Set(runs.map(\.id))).compactMap { submission in
      guard project.owns(submission.directory, below: project.submissionsFolder),
        DiskUse.modified(submission.directory) != nil
      else { return nil }
      return Item(
        kind: .submission, path: submission.directory,
        bytes: DiskUse.total(below: submission.directory), submissionID: submission.id)
    }
  }

  /// Seconds before which a submission that the registry does not know may be one that is being made, and a
  /// program be kept for one.
  static let making = 3600.0

  /// Directories that were written by an orchestrate that ended before it recorded its intent, and what is
  /// left of those that were being removed.
  private func orphanedSubmissions(
    olderThan age: Double, now: Double, besides held: Set<String>
  ) throws -> [Item] {
    let age = max(age, Self.making)
    let known = try registry.submissionTokens().union(held)
    return try namesInFolder(project.submissionsFolder).filter { !known.contains($0) }.sorted()
      .compactMap { name in
        let path = project.submission(name)
        guard project.owns(path, below: project.submissionsFolder),
          let time = DiskUse.newest(in: path), now - time >= age
        else { return nil }
        return Item(kind: .submission, path: path, bytes: DiskUse.total(below: path))
      }
  }

  /// The submissions that the registry does not know and whose jobs may still wait or run: an older registry may
  /// have been put back.
  private func heldSubmissions() throws -> Set<String> {
    Set(
      try project.unknownSubmissions(registry).filter { token in
        let folder = project.submission(token)
        if let isAtWork = LocalSubmission.isAtWork(in: folder) { return isAtWork }
        // Without a manifest its script would have refused to do anything.
        return try !project.runNames(of: token).isEmpty && listed?.contains(token) != false
      })
  }
}

/// What files take. Links are neither followed nor counted.
enum DiskUse {
  /// The bytes of a plain file or of all that a folder holds; `nil` for anything else.
  static func size(of path: String) -> Int? {
    var facts = stat()
    guard lstat(path, &facts) == 0 else { return nil }
    switch facts.st_mode & S_IFMT {
    case S_IFREG: return Int(facts.st_size)
    case S_IFDIR: return total(below: path)
    default: return nil
    }
  }

  /// When a folder was changed last; `nil` where there is none.
  static func modified(_ path: String) -> Double? {
    var facts = stat()
    guard lstat(path, &facts) == 0, facts.st_mode & S_IFMT == S_IFDIR else { return nil }
    return Double(facts.st_mtim.tv_sec)
  }

  /// When the folder or one of its files was last changed.
  static func newest(in folder: String) -> Double? {
    guard let own = modified(folder), let names = try? namesInFolder(folder) else { return nil }
    return names.reduce(own) { newest, name in
      var facts = stat()
      let path = "\(folder)/\(name)"
      return lstat(path, &facts) == 0 ? max(newest, Double(facts.st_mtim.tv_sec)) : newest
    }
  }

  /// The bytes of all plain files below a folder.
  static func total(below folder: String) -> Int {
    let names = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
    return names.reduce(0) { sum, name in
      var facts = stat()
      guard lstat("\(folder)/\(name)", &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else {
        return sum
      }
      return sum + Int(facts.st_size)
    }
  }
}
