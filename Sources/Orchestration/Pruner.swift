import Foundation
import Registry
import RunContract

/// Finds and removes what nobody needs any more: checkpoints of runs that are over, submission directories
/// that no run refers to, and kept programs that no submission runs.
///
/// It removes only below the project's own folders, follows no symbolic link, and never touches a run
/// that is active, nor its registry rows, metrics, config or logs.
public struct Pruner: Sendable {
  let project: Project
  let registry: Registry

  /// A pruner.
  public init(project: Project, registry: Registry) {
    self.project = project
    self.registry = registry
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
    /// Bytes that the checkpoints of ended runs may take together; the oldest go first until they do,
    /// whatever their age. `nil` for no such bound.
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
    public enum Kind: String, Sendable { case checkpoint, submission, program }
    public var kind: Kind
    /// The absolute path.
    public var path: String
    public var bytes: Int
    /// The run it belongs to, where it is one's.
    public var run: String?
  }

  /// Lists what a rule lets go and changes nothing.
  public func plan(_ rule: Rule, now: Double) throws -> [Item] {
    var filter = RunFilter()
    filter.experiment = rule.experiment
    filter.states = rule.states.filter { !$0.isActive }
    let ended = try registry.runs(filter).sorted { ($0.endedAt ?? 0) < ($1.endedAt ?? 0) }
    let found = try ended.map { run in (run, try checkpoints(of: run, keeping: rule.keep)) }
    var items: [Item] = []
    var rest = found.reduce(0) { $0 + $1.1.reduce(0) { $0 + $1.bytes } }
    for (run, own) in found {
      let isOld = now - (run.endedAt ?? now) >= rule.olderThan
      let isTooMuch = rule.quota.map { rest > $0 } ?? false
      guard rule.quota == nil ? isOld : isTooMuch else { continue }
      items += own
      rest -= own.reduce(0) { $0 + $1.bytes }
    }
    if rule.experiment == nil {
      items += try orphanedSubmissions(olderThan: rule.olderThan, now: now)
      items += try unusedPrograms(olderThan: rule.olderThan, now: now)
    }
    return items
  }

  /// Removes what was planned. A run that became active since is left alone.
  /// - Returns: what could not be removed, in words.
  public func remove(_ items: [Item]) throws -> [String] {
    let active = Set(try registry.runs(.states(RunState.active)).map(\.name))
    var refusals: [String] = []
    for item in items where item.run.map({ !active.contains($0) }) ?? true {
      // Its intent may have been recorded since.
      if item.kind == .submission,
        try registry.unknownTokens(among: [(item.path as NSString).lastPathComponent]).isEmpty
      {
        continue
      }
      do { try FileManager.default.removeItem(atPath: item.path) } catch {
        if access(item.path, F_OK) == 0 {
          refusals.append("\(item.path): \(String(cString: strerror(posixCode(of: error))))")
        }
      }
    }
    return refusals
  }

  private func checkpoints(of run: RunRecord, keeping keep: Rule.Keep) throws -> [Item] {
    let folder = "\(run.directory)/\(RunFile.checkpoints)"
    guard project.owns(folder, below: project.runsFolder) else { return [] }
    let kept: Set<String> =
      switch keep {
      case .best: ["best.safetensors", "final.safetensors"]
      case .final: ["final.safetensors"]
      case .none: []
      }
    return try namesInFolder(folder).filter { !kept.contains($0) }.sorted().compactMap { name in
      size(of: "\(folder)/\(name)").map {
        Item(kind: .checkpoint, path: "\(folder)/\(name)", bytes: $0, run: run.name)
      }
    }
  }

  /// Seconds before which a submission that the registry does not know may be one that is being made.
  private static let making = 3600.0

  /// Directories that were written by an orchestrate that ended before it recorded its intent.
  private func orphanedSubmissions(olderThan age: Double, now: Double) throws -> [Item] {
    let age = max(age, Self.making)
    let known = try registry.submissionTokens()
    return try namesInFolder(project.submissionsFolder).filter { !known.contains($0) }.sorted()
      .compactMap { name in
        let path = project.submission(name)
        guard project.owns(path, below: project.submissionsFolder),
          let time = newest(in: path), now - time >= age
        else { return nil }
        return Item(kind: .submission, path: path, bytes: total(below: path))
      }
  }

  private func unusedPrograms(olderThan age: Double, now: Double) throws -> [Item] {
    let used = try registry.recipes().compactMap { try? Recipe($0).command.first }
    let folders = Set(used.map { ($0 as NSString).deletingLastPathComponent })
    return try namesInFolder(project.programs).sorted().compactMap { name in
      let path = "\(project.programs)/\(name)"
      guard !folders.contains(path), project.owns(path, below: project.programs),
        let time = modified(path), now - time >= age
      else { return nil }
      return Item(kind: .program, path: path, bytes: total(below: path))
    }
  }

  private func size(of path: String) -> Int? {
    var facts = stat()
    guard lstat(path, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else { return nil }
    return Int(facts.st_size)
  }

  private func modified(_ path: String) -> Double? {
    var facts = stat()
    guard lstat(path, &facts) == 0, facts.st_mode & S_IFMT == S_IFDIR else { return nil }
    return Double(facts.st_mtim.tv_sec)
  }

  /// When the folder or one of its files was last changed.
  private func newest(in folder: String) -> Double? {
    guard let own = modified(folder), let names = try? namesInFolder(folder) else { return nil }
    return names.reduce(own) { newest, name in
      var facts = stat()
      let path = "\(folder)/\(name)"
      return lstat(path, &facts) == 0 ? max(newest, Double(facts.st_mtim.tv_sec)) : newest
    }
  }

  private func total(below folder: String) -> Int {
    let names = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
    return names.reduce(0) { $0 + (size(of: "\(folder)/\($1)") ?? 0) }
  }
}
