import Foundation

extension PlainJSONText {
  /// Reads one whole JSON text of the plain forms; `nil` where the general reader has to judge it.
  static func read(_ data: Data) -> JSONValue? {
    data.withUnsafeBytes { bytes in
      // A number at the very end would have no end of its own.
      guard let last = bytes.last, last == UInt8(ascii: "}") || last == UInt8(ascii: "]") else {
        return nil
      }
      var text = PlainJSONText(bytes: bytes)
      guard let value = text.value(depth: 0), text.isAtEnd else { return nil }
      return value
    }
  }

  private mutating func value(depth: Int) -> JSONValue? {
    skipSpace()
    switch next {
    case UInt8(ascii: "{"): return depth < 32 ? object(depth: depth) : nil
    case UInt8(ascii: "["): return depth < 32 ? array(depth: depth) : nil
    case UInt8(ascii: "\""): return text().map { .string($0) }
    case UInt8(ascii: "t"): return skip("true") ? .bool(true) : nil
    case UInt8(ascii: "f"): return skip("false") ? .bool(false) : nil
    case UInt8(ascii: "n"): return skip("null") ? .null : nil
    default:
      var number = 0.0
      return decimal(&number) ? .number(number) : nil
    }
  }

  private mutating func text() -> String? {
    name().map { String(decoding: bytes[$0], as: UTF8.self) }
  }

  private mutating func skip(_ word: StaticString) -> Bool {
    for index in 0..<word.utf8CodeUnitCount {
      guard next == word.utf8Start[index] else { return false }
      advance()
    }
    return true
  }

  private mutating func object(depth: Int) -> JSONValue? {
    var members: [String: JSONValue] = [:]
    guard skip(UInt8(ascii: "{")) else { return nil }
    if skip(UInt8(ascii: "}")) { return .object(members) }
    repeat {
      guard let name = text(), skip(UInt8(ascii: ":")), let value = value(depth: depth + 1) else {
        return nil
      }
      // Which of two members of one name counts is not ours to say.
      guard members.updateValue(value, forKey: name) == nil else { return nil }
    } while skip(UInt8(ascii: ","))
    return skip(UInt8(ascii: "}")) ? .object(members) : nil
  }

  private mutating func array(depth: Int) -> JSONValue? {
    var elements: [JSONValue] = []
    guard skip(UInt8(ascii: "[")) else { return nil }
    if skip(UInt8(ascii: "]")) { return .array(elements) }
    repeat {
      guard let value = value(depth: depth + 1) else { return nil }
      elements.append(value)
    } while skip(UInt8(ascii: ","))
    return skip(UInt8(ascii: "]")) ? .array(elements) : nil
  }
}
