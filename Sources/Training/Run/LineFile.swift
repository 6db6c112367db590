import Foundation
import RunContract

/// A file that grows by whole lines, each by one call of write(2). What a writer that was killed left of
/// a line is ended before the next one begins.
public final class LineFile {
  private let descriptor: Int32
  private let path: String

  /// Opens the file, made where it is missing.
  /// - Throws: `FileError` with the system's reason.
  public init(_ path: String) throws {
    self.path = path
    descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw FileError("open", path) }
    try endTornLine()
  }

  deinit { close(descriptor) }

  /// Appends a line; its newline is added.
  public func append(_ line: String) throws {
    try writeAll(Data((line + "\n").utf8), to: descriptor, path: path)
  }

  /// Makes what was appended durable.
  public func sync() throws {
    guard fsync(descriptor) == 0 else { throw FileError("flush", path) }
  }

  private func endTornLine() throws {
    let size = lseek(descriptor, 0, SEEK_END)
    guard size > 0 else { return }
    var last: UInt8 = 0
    guard pread(descriptor, &last, 1, size - 1) == 1 else { throw FileError("read", path) }
    if last != UInt8(ascii: "\n") { try writeAll(Data("\n".utf8), to: descriptor, path: path) }
  }
}
