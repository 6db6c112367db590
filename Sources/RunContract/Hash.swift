import Crypto
import Foundation

/// SHA-256 of a text's UTF-8, in lower-case hexadecimal.
public func sha256Hex(_ text: String) -> String { sha256Hex(Data(text.utf8)) }

/// SHA-256 of bytes, in lower-case hexadecimal.
public func sha256Hex(_ data: Data) -> String { hex(SHA256.hash(data: data)) }

/// SHA-256 of a file's content, read in pieces.
/// - Throws: the file system's error where the file cannot be read.
public func sha256Hex(ofFileAt path: String) throws -> String {
  let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
  defer { try? handle.close() }
  var hash = SHA256()
  while let piece = try handle.read(upToCount: 1 << 20), !piece.isEmpty {
    hash.update(data: piece)
  }
  return hex(hash.finalize())
}

/// Bytes in lower-case hexadecimal.
func hex(_ digest: some Sequence<UInt8>) -> String {
  let digits = Array("0123456789abcdef".utf8)
  return String(
    decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
}
