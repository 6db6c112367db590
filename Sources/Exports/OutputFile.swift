import Foundation
import RunContract

/// A new file that is written in pieces.
final class OutputFile {
  private let path: String
  private var descriptor: Int32
  private var buffer: [UInt8] = []
  private static let pieceSize = 1 << 16

  /// Makes the file, which must not be there yet; readable as the user's umask allows.
  init(_ path: String) throws {
    self.path = path
    descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw FileError("create", path) }
  }

  deinit {
    if descriptor >= 0 { Foundation.close(descriptor) }
  }

  func write(_ text: String) throws {
    buffer.append(contentsOf: text.utf8)
    if buffer.count >= Self.pieceSize { try flush() }
  }

  func write(_ bytes: [UInt8]) throws {
    buffer.append(contentsOf: bytes)
    if buffer.count >= Self.pieceSize { try flush() }
  }

  private func flush() throws {
    try writeAll(Data(buffer), to: descriptor, path: path)
    buffer.removeAll(keepingCapacity: true)
  }

  /// Writes what is left. Some file systems tell only now that the disk is full.
  func close() throws {
    try flush()
    let code = Foundation.close(descriptor)
    descriptor = -1
    guard code == 0 else { throw FileError("write", path) }
  }
}

/// Writes a whole small file that must not be there yet.
func writeFile(_ text: String, to path: String) throws {
  let file = try OutputFile(path)
  try file.write(text)
  try file.close()
}
