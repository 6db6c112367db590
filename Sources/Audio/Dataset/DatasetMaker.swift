import Foundation
import RunContract

/// What `makeDataset` did.
public struct DatasetReport: Sendable {
  /// Whether the folder held this very dataset already.
  public var wasThere = false
  /// Source files that were used.
  public var tracks = 0
  /// Clips that could have been cut.
  public var clips = 0
  /// Clips left out as near-silent.
  public var silentClips = 0
  /// Whether validation uses clips that no training pair uses.
  public var validationIsSeparate = true
  /// Files that could not be used.
  public var unusable: [AudioError] = []
}

/// Makes a dataset of pairs: mono clips at 24 kHz, `train/pair_0000_input.wav`, `…_target.wav`, `val/`,
/// and `manifest.json`. Built beside the folder under a temporary name and renamed at the end, so
/// that a crash leaves no half of it.
/// - Throws: ``AudioError`` for unusable audio or an occupied folder, `FileError` for the disk.
public func makeDataset(
  _ request: DatasetRequest, progress: (String) -> Void = { _ in }
) throws -> DatasetReport {
  try check(request)
  try checkPlace(request.output, force: request.force)
  let survey = try survey(request, progress: progress)
  let plan = try PairPlan(survey, request: request)
  var report = DatasetReport(
    tracks: survey.tracks.filter { !$0.clips.isEmpty }.count, clips: survey.clips.count,
    silentClips: survey.silentClips, validationIsSeparate: plan.validationIsSeparate,
    unusable: survey.unusable)
  let identity = DatasetManifest.identity(request, survey)
  if try isOccupied(request.output) {
    if DatasetManifest.matches(request.output, identity: identity) {
      report.wasThere = true
      return report
    }
    guard request.force else {
      throw AudioError(
        request.output, "it holds another dataset; name another folder or give --force")
    }
  }
  try replaceFolder(request.output) { folder in
    let files = try cut(plan, survey, request, into: folder, progress: progress)
    let text = DatasetManifest.text(
      identity: identity, plan: plan, files: files, unusable: survey.unusable)
    let path = (folder as NSString).appendingPathComponent(manifestName)
    try writeDurably(text, to: path, mode: 0o644)
  }
  return report
}

private func check(_ request: DatasetRequest) throws {
  guard request.duration.isFinite, request.duration >= 0.05, request.duration <= 3600 else {
    throw AudioError(request.output, "--duration must be from 0.05 to 3600 seconds")
  }
  guard (1...1_000_000).contains(request.pairs), (0...1_000_000).contains(request.validation) else {
    throw AudioError(request.output, "--pairs must be from 1 and --val from 0, to 1000000")
  }
  guard request.seed >= 0 else { throw AudioError(request.output, "--seed must not be negative") }
}

/// Refuses, before any long work, a folder that holds something which is no dataset.
private func checkPlace(_ folder: String, force: Bool) throws {
  guard try isOccupied(folder) else { return }
  let manifest = (folder as NSString).appendingPathComponent(manifestName)
  guard FileManager.default.fileExists(atPath: manifest) else {
    throw AudioError(
      folder,
      "it is not empty and holds no \(manifestName), so it is no dataset; name another folder"
    )
  }
}

private func isOccupied(_ path: String) throws -> Bool {
  var isDirectory: ObjCBool = false
  let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory)
  guard exists else { return false }
  guard isDirectory.boolValue else { throw AudioError(path, "it is no folder") }
  return try !FileManager.default.contentsOfDirectory(atPath: path).isEmpty
}

/// Builds a folder under a temporary name beside its place and puts it there whole.
private func replaceFolder(_ path: String, _ build: (String) throws -> Void) throws {
  let full = URL(fileURLWithPath: path).standardizedFileURL.path
  let parent = (full as NSString).deletingLastPathComponent
  let name = (full as NSString).lastPathComponent
  let partial = (parent as NSString).appendingPathComponent(".\(name).\(getpid()).partial")
  let old = (parent as NSString).appendingPathComponent(".\(name).\(getpid()).old")
  try makeDirectory(parent)
  try? FileManager.default.removeItem(atPath: partial)
  do {
    try makeDirectory(partial)
    try build(partial)
    if FileManager.default.fileExists(atPath: full) {
      guard rename(full, old) == 0 else { throw FileError("rename", full) }
    }
    guard rename(partial, full) == 0 else { throw FileError("create", full) }
    try syncDirectory(parent)
  } catch {
    try? FileManager.default.removeItem(atPath: partial)
    throw error
  }
  try? FileManager.default.removeItem(atPath: old)
}
