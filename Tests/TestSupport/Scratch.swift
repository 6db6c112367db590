import Foundation
import RunContract

/// A temporary folder of one test, removed with everything in it when the value goes away.
public final class Scratch: Sendable {
  /// Its absolute path, without symbolic links.
  public let path: String

  /// Makes an empty folder.
  public init() throws {
    var template = Array("\(NSTemporaryDirectory())/orchestrate-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil, let real = realpath(template, nil) else {
      throw FileError("create", "a temporary folder")
    }
    defer { free(real) }
    path = String(cString: real)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// The path of a name in the folder.
  public func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

  /// Writes a file, with the folders above it, and gives its path.
  @discardableResult
  public func write(_ text: String, to name: String, executable: Bool = false) throws -> String {
    let file = self(name)
    try makeDirectory((file as NSString).deletingLastPathComponent)
    try writeDurably(text, to: file, mode: executable ? 0o755 : 0o644)
    return file
  }

  /// Reads a file as UTF-8; `nil` where there is none.
  public func read(_ name: String) -> String? {
    (try? readFile(self(name))).map { String(decoding: $0, as: UTF8.self) }
  }
}
