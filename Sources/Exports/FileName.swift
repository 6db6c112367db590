import RunContract

/// A name for a file or folder that stands for any text and for no other: letters, digits, `.`, `_` and `-`
/// as they are, every other byte as `%` and two digits, a dot at the beginning too. A long one is cut, with
/// a part of its hash at the end.
package func fileName(for text: String) -> String {
  guard !text.isEmpty else { return "%" }
  var name = ""
  for byte in text.utf8 {
    let isDot = byte == UInt8(ascii: ".")
    if isDot ? !name.isEmpty : isPlain(byte) {
      name.unicodeScalars.append(Unicode.Scalar(byte))
    } else {
      name += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
    }
  }
  return name.utf8.count <= 200 ? name : name.prefix(180) + "%" + sha256Hex(text).prefix(16)
}

private func isPlain(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
    true
  default: false
  }
}
