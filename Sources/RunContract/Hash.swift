import Crypto
import Foundation

/// SHA-256 of a text's UTF-8, in lower-case hexadecimal.
public func sha256Hex(_ text: String) -> String {
  var hash = SHA256()
  var text = text
  text.withUTF8 { hash.update(bufferPointer: UnsafeRawBufferPointer($0)) }
  return hex(hash.finalize())
}

/// SHA-256 of bytes, in lower-case hexadecimal.
public func sha256Hex(_ data: Data) -> String { hex(SHA256.hash(data: data)) }

/// SHA-256 of a file's content, read in pieces.
/// - Throws: ``FileError`` with the system's reason where the file cannot be read.
public func sha256Hex(ofFileAt path: String) throws -> String {
  let descriptor = open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { throw FileError("read", path) }
  defer { close(descriptor) }
  var hash = SHA256()
  var piece = [UInt8](repeating: 0, count: 1 << 17)
  while true {
    guard let count = piece.withUnsafeMutableBytes({ readFully(descriptor, into: $0) }) else {
      throw FileError("read", path)
    }
    if count == 0 { return hex(hash.finalize()) }
    piece.withUnsafeBytes {
      hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: $0[..<count]))
    }
  }
}

/// Bytes in lower-case hexadecimal.
func hex(_ digest: some ContiguousBytes) -> String {
  digest.withUnsafeBytes { bytes in
    String(unsafeUninitializedCapacity: bytes.count * 2) { text in
      for (place, byte) in bytes.enumerated() {
        text[2 * place] = hexDigit(byte >> 4)
        text[2 * place + 1] = hexDigit(byte & 15)
      }
      return bytes.count * 2
    }
  }
}

private func hexDigit(_ half: UInt8) -> UInt8 {
  half + (half < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10)
}
