import Foundation
import RunContract

/// A file or folder that is written beside its place and gets its name when it is whole.
///
/// A killed process leaves at most a `.orchestrate-export.….tmp` beside it. Folders are not flushed to the
/// disk file by file: an export can be made again.
final class StagedOutput {
  enum Kind {
    case file
    /// A folder, which says in ``marker`` what wrote it.
    case folder(format: String)
  }

  /// The file in an exported folder that tells what wrote it: only such a folder is ever replaced.
  static let marker = "export.json"

  /// The absolute path, without symbolic links.
  let path: String
  /// Where it is written.
  let staging: String
  private let kind: Kind
  private let replacing: Bool
  private var isCommitted = false

  init(path given: String, kind: Kind, replacing: Bool) throws {
    path = try Self.resolve(given)
    self.kind = kind
    self.replacing = replacing
    let parent = (path as NSString).deletingLastPathComponent
    staging =
      "\(parent == "/" ? "" : parent)/.orchestrate-export.\(getpid()).\(UInt32.random(in: 0 ... .max)).tmp"
    try checkPlace(called: given)
    if case .folder = kind { try makeFolder(staging) }
  }

  deinit {
    if !isCommitted { try? FileManager.default.removeItem(atPath: staging) }
  }

  /// Puts what was written in its place.
  /// - Parameter summary: what the marker of a folder tells besides the format.
  func commit(describing summary: [String: JSONValue]) throws {
    switch kind {
    case .file:
      try syncFile()
      if replacing {
        guard rename(staging, path) == 0 else { throw FileError("replace", path) }
      } else {
        // A rename would replace a file that came to be in the meantime.
        guard link(staging, path) == 0 else { throw FileError("create", path) }
        unlink(staging)
      }
    case .folder(let format):
      let members = summary.merging(["format": .string(format)]) { _, last in last }
      let marker = try OutputFile("\(staging)/\(Self.marker)")
      try marker.write(JSONValue.object(members).indented + "\n")
      try marker.close()
      try moveFolder()
    }
    isCommitted = true
  }

  private func moveFolder() throws {
    // The system replaces an empty folder and refuses one that is not.
    if rename(staging, path) == 0 { return }
    let error = FileError("create", path)
    guard replacing, error.code == ENOTEMPTY || error.code == EEXIST else { throw error }
    let old = "\(staging).old"
    guard rename(path, old) == 0 else { throw FileError("replace", path) }
    guard rename(staging, path) == 0 else {
      let error = FileError("replace", path)
      _ = rename(old, path)
      throw error
    }
    try? FileManager.default.removeItem(atPath: old)
  }

  private func syncFile() throws {
    let descriptor = open(staging, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError("open", staging) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw FileError("flush", path) }
  }
}

// MARK: What is there already

extension StagedOutput {
  /// The absolute path; the folders above are made.
  private static func resolve(_ given: String) throws -> String {
    guard !given.isEmpty else { throw ExportError("--output: the path is empty") }
    if let there = realPath(given) { return there }
    let name = (given as NSString).lastPathComponent
    let parent = (given as NSString).deletingLastPathComponent
    guard !["", ".", "..", "/"].contains(name) else {
      throw ExportError("--output: \(printable(given)) names no file or folder")
    }
    if !parent.isEmpty { try makeFolder(parent, isPath: true) }
    guard let folder = realPath(parent.isEmpty ? "." : parent) else {
      throw FileError("open", parent)
    }
    return folder == "/" ? "/\(name)" : "\(folder)/\(name)"
  }

  private func checkPlace(called given: String) throws {
    let shown = printable(given)
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    let isFolder = status.st_mode & S_IFMT == S_IFDIR
    guard case .folder(let format) = kind else {
      guard !isFolder else {
        throw ExportError("--output: \(shown) is a folder; this format is one file: name one")
      }
      guard replacing, status.st_mode & S_IFMT == S_IFREG else {
        throw ExportError(
          "--output: \(shown) is there already; name another file, or replace it with --force")
      }
      return
    }
    guard isFolder else {
      throw ExportError("--output: \(shown) is no folder; name one that is new or empty")
    }
    guard path != realPath(".") else {
      throw ExportError("--output: \(shown) is the folder you are in; name a new one in it")
    }
    guard try !namesInFolder(path).isEmpty else { return }
    guard replacing else {
      throw ExportError(
        "--output: the folder \(shown) is not empty; name another one, or replace an older export "
          + "with --force")
    }
    let marker = (try? readFile("\(path)/\(Self.marker)")).flatMap { try? JSONValue(parsing: $0) }
    guard marker?["format"]?.string == format else {
      throw ExportError(
        "--output: the folder \(shown) is no older \(format) export and is not replaced; "
          + "name another one")
    }
  }
}

/// The path without symbolic links; `nil` where nothing is there.
private func realPath(_ path: String) -> String? {
  guard let real = realpath(path, nil) else { return nil }
  defer { free(real) }
  return String(cString: real)
}

/// Makes a folder that must not be there yet, readable as the user's umask allows: exports are handed on.
/// - Parameter isPath: whether folders above it are made, too, and it may be there already.
func makeFolder(_ path: String, isPath: Bool = false) throws {
  guard isPath else {
    guard mkdir(path, 0o777) == 0 else { throw FileError("create", path) }
    return
  }
  do {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  } catch { throw FileError("create", path, code: posixCode(of: error)) }
}
