import Foundation
import RunContract

/// A file that a command is to write, checked before any work is done for it.
struct OutputFile {
  let path: String

  /// - Parameters:
  ///   - flag: the option that names it, for messages.
  ///   - kept: the files that must not be overwritten, with their options.
  /// - Throws: ``TrainFailure`` (usage) where it is one of those or no file, `FileError` where its folder
  ///   is missing or closed to us.
  init(_ path: String, flag: String, kept: [(flag: String, path: String)]) throws {
    guard !path.isEmpty, !path.hasSuffix("/") else {
      throw TrainFailure(.usage, "\(flag) must name a file")
    }
    for other in kept where isSameFile(path, other.path) {
      throw TrainFailure(
        .usage,
        "\(flag) and \(other.flag) are the same file, \(printable(path)): choose another \(flag)")
    }
    var status = stat()
    if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
      let what = status.st_mode & S_IFMT == S_IFDIR ? "a folder" : "no regular file"
      throw TrainFailure(.usage, "\(flag): \(printable(path)) is \(what); name a file")
    }
    let folder = (path as NSString).deletingLastPathComponent
    guard access(folder.isEmpty ? "." : folder, W_OK | X_OK) == 0 else {
      throw FileError("create", path)
    }
    self.path = path
  }

  /// Writes the file: whole or not at all.
  func write(_ data: Data) throws { try writeDurably(data, to: path, mode: 0o644) }
}

/// Whether two paths lead to one file, or would: by links, or by another spelling of a path whose file
/// is not there yet.
private func isSameFile(_ a: String, _ b: String) -> Bool {
  var (first, second) = (stat(), stat())
  if stat(a, &first) == 0, stat(b, &second) == 0 {
    return first.st_dev == second.st_dev && first.st_ino == second.st_ino
  }
  return whole(a) == whole(b)
}

/// The path with its folder resolved.
private func whole(_ path: String) -> String {
  let url = URL(fileURLWithPath: path)
  let folder = url.deletingLastPathComponent().resolvingSymlinksInPath().path
  return "\(folder)/\(url.lastPathComponent)"
}
