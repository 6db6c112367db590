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
  let bytes = Array(digest)
  return String(unsafeUninitializedCapacity: bytes.count * 2) { text in
    var place = 0
    for byte in bytes {
      for half in [byte >> 4, byte & 15] {
        text[place] = half + (half < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10)
        place += 1
      }
    }
    return place
  }
}
