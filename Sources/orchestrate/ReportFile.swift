import Foundation
import Orchestration
import ReportPage
import RunContract

/// The file that a report is written to: never anything but an earlier report is replaced.
struct ReportFile {
  /// The absolute path.
  let path: String

  init(_ path: String) { self.path = path }

  /// Looks whether a report may be written here, before anything is read.
  /// - Throws: ``Failure`` where something else is there.
  func check(mayReplace: Bool) throws {
    var isFolder: ObjCBool = false
    let folder = (path as NSString).deletingLastPathComponent
    guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue
    else {
      throw Failure(
        "--output: there is no folder \(printable(folder))", hint: "make it first", status: .usage)
    }
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { return }
    if isFolder.boolValue {
      throw Failure(
        "--output: \(printable(path)) is a folder", hint: "name a file, as in report.html",
        status: .usage)
    }
    guard isReport else {
      throw Failure(
        "--output: \(printable(path)) is there already and is no report", hint: "name another file",
        status: .usage)
    }
    if !mayReplace {
      throw Failure(
        "--output: \(printable(path)) is there already", hint: "--force replaces it", status: .usage
      )
    }
  }

  private var isReport: Bool {
    guard let handle = FileHandle(forReadingAtPath: path) else { return false }
    defer { try? handle.close() }
    let beginning = (try? handle.read(upToCount: 2000)) ?? Data()
    return beginning.range(of: Data(reportMarker.utf8)) != nil
  }

  /// Writes the page whole or not at all.
  func write(_ page: Data, mayReplace: Bool) throws {
    try check(mayReplace: mayReplace)
    try writeDurably(page, to: path, mode: 0o644)
  }
}
