import Foundation
import Registry
import RunContract

extension Pruner {
  /// Seconds within which a heartbeat shows that a trainer lives.
  private static let pulse = 60.0
  /// What the names of files begin with that are being removed.
  static let doomed = ".pruned."

  /// Removes what was planned. A run that became active since is left alone.
  /// - Returns: what could not be removed, in words.
  public func remove(_ items: [Item]) throws -> [String] {
    var refusals: [String] = []
    var rest = items[...]
    while let item = rest.first {
      // The checkpoints of one run stand together.
      let group = rest.prefix {
        $0.kind == .checkpoint && item.kind == .checkpoint && $0.record?.id == item.record?.id
      }
      rest = rest.dropFirst(max(1, group.count))
      do {
        switch item.kind {
        case .checkpoint: try removeCheckpoints(Array(group))
        case .program: try removeProgram(item)
        case .directory: try removeDirectory(of: item)
        case .submission: try removeSubmission(item)
        }
      } catch let error as Failure {
        refusals.append(error.message)
      } catch let error as FileError {
        refusals.append("\(error)")
      }
    }
    return refusals
  }

  func delete(_ path: String) throws {
    do { try FileManager.default.removeItem(atPath: path) } catch {
      if access(path, F_OK) == 0 { throw FileError("remove", path, code: posixCode(of: error)) }
    }
  }

  /// Moves checkpoints of one run out of the way while nobody can try it again, and then deletes them, which
  /// may take long.
  private func removeCheckpoints(_ items: [Item]) throws {
    guard let run = items.first?.record else { return }
    try requireStillness(of: run)
    let folder = "\(run.directory)/\(RunFile.checkpoints)"
    guard project.owns(folder, below: project.runsFolder) else { return }
    // Below the checkpoints, where whoever is killed here leaves what the next one finds.
    let away = "\(folder)/\(Self.doomed)\(UUID().uuidString)"
    let mayGo = try registry.whileEnded(run) {
      try makeDirectory(away)
      for item in items where access(item.path, F_OK) == 0 {
        try move(item.path, to: "\(away)/\((item.path as NSString).lastPathComponent)")
      }
    }
    guard mayGo else {
      throw Failure("\(run.name) was tried again since, and keeps its checkpoints")
    }
    try delete(away)
  }

  private func requireStillness(of run: RunRecord) throws {
    let folder = RunFolder(run)
    if folder.lastRecord == nil, let age = folder.heartbeatAge, age < Self.pulse {
      throw Failure("\(run.directory) is left alone: its trainer shows that it lives")
    }
  }

  /// Moves the files out of the way while nobody can try the run again, and then deletes them, which may
  /// take long.
  private func removeDirectory(of item: Item) throws {
    guard let run = item.record, project.owns(run.directory, below: project.runsFolder) else {
      return
    }
    try requireStillness(of: run)
    let away = "\(run.directory)/\(Self.doomed)\(UUID().uuidString)"
    let isGone = try registry.forgetFiles(of: run) {
      let names = try namesInFolder(run.directory).filter {
        !PruneHolding.safeguards.contains($0) && !$0.hasPrefix(Self.doomed) && $0 != RunFile.metrics
      }
      try makeDirectory(away)
      for name in names.sorted() {
        try move("\(run.directory)/\(name)", to: "\(away)/\(name)")
      }
    }
    guard isGone else {
      throw Failure("\(run.name) was tried again since, and keeps its directory")
    }
    // The metrics last, and once it stands that what follows them is read from the beginning: whoever is killed
    // in between has theirs read once more, which changes no value.
    _ = try registry.forgetFiles(of: run, isRest: true) {
      let metrics = "\(run.directory)/\(RunFile.metrics)"
      if access(metrics, F_OK) == 0 { try move(metrics, to: "\(away)/\(RunFile.metrics)") }
    }
    for name in try namesInFolder(run.directory) where name.hasPrefix(Self.doomed) {
      try delete("\(run.directory)/\(name)")
    }
  }

  private func removeSubmission(_ item: Item) throws {
    guard project.owns(item.path, below: project.submissionsFolder) else { return }
    guard let id = item.submissionID else {
      // Its intent may have been recorded since.
      let token = (item.path as NSString).lastPathComponent
      return try registry.unknownTokens(among: [token]).isEmpty ? () : delete(item.path)
    }
    // A name that no submission has: whoever is killed here leaves what the next one finds.
    let away = project.submission("\(Self.doomed)\((item.path as NSString).lastPathComponent)")
    let isGone = try registry.forgetFiles(ofSubmission: id) { try move(item.path, to: away) }
    guard isGone else {
      throw Failure("\(item.path) is left alone: a run of it is active by now")
    }
    try delete(away)
  }

  func move(_ path: String, to other: String) throws {
    guard rename(path, other) == 0 else { throw FileError("move", path) }
  }
}

/// What `prune` has removed, in words for the commands that miss it.
public struct PrunedFiles: Sendable {
  private let registry: Registry

  /// What was removed from this registry's project.
  public init(_ registry: Registry) { self.registry = registry }

  /// When the files of a run's directory were removed; `nil` where they were not, or others are there since.
  public func time(of run: RunRecord) throws -> Double? {
    let folder = "\(run.directory)/\(RunFile.checkpoints)"
    return access(folder, F_OK) == 0 ? nil : try registry.prunedAt(run: run.id)
  }

  /// When the directory of the run's submission, with its script and its job's log, was removed; `nil` where
  /// it was not.
  public func submissionTime(of run: RunRecord) throws -> Double? {
    guard let folder = run.submissionDirectory, let id = run.submissionID, access(folder, F_OK) != 0
    else { return nil }
    return try registry.prunedAt(submission: id)
  }
}
