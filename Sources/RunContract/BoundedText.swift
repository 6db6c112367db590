import Foundation

/// A text file that a user hands in and that cannot be taken.
public struct TextFileError: Error, CustomStringConvertible, Sendable {
  /// "Jobs/a.yaml: is no regular file".
  public let description: String
}

/// Reads a whole text file that a person wrote, and nothing that could hang or fill memory.
/// - Throws: ``TextFileError`` where the file cannot be read, is no regular file, is larger than
///   `limit` bytes, or is not UTF-8.
public func readText(_ path: String, limit: Int = 1 << 20) throws(TextFileError) -> String {
  // O_NONBLOCK: opening a named pipe must not wait for its writer.
  let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
  guard descriptor >= 0 else {
    throw TextFileError(description: "\(path): \(String(cString: strerror(errno)))")
  }
  defer { close(descriptor) }
  return try readText(from: descriptor, path, limit: limit)
}

/// Reads a whole text file that was opened already; see ``readText(_:limit:)``.
/// - Parameter path: the file's name for messages.
package func readText(
  from descriptor: Int32, _ path: String, limit: Int = 1 << 20
) throws(TextFileError) -> String {
  var status = stat()
  guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
    throw TextFileError(description: "\(path): is no regular file")
  }
  var bytes: [UInt8] = []
  // As much as the file says that it has; one that grows meanwhile is read on.
  var piece = [UInt8](repeating: 0, count: max(4096, min(Int(status.st_size), limit) + 1))
  while bytes.count <= limit {
    guard let count = piece.withUnsafeMutableBytes({ readFully(descriptor, into: $0) }) else {
      throw TextFileError(description: "\(path): cannot be read")
    }
    bytes += piece[..<count]
    if count < piece.count { break }
  }
  guard bytes.count <= limit else {
    throw TextFileError(description: "\(path): is larger than \(limit) bytes")
  }
  guard let text = String(validating: bytes, as: UTF8.self) else {
    throw TextFileError(description: "\(path): is not UTF-8 text")
  }
  return text
}
