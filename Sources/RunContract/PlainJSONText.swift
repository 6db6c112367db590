import Foundation

/// A place in a JSON text, and the forms of JSON that our own files consist of: ASCII without escapes,
/// numbers that are no limits. Whoever meets anything else gives up and asks the general reader, so
/// nothing is ever read differently here. A form that is not there leaves the place where a caller that
/// gives up does not look again.
struct PlainJSONText {
  let bytes: UnsafeRawBufferPointer
  private var place = 0

  init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  var isAtEnd: Bool { place == bytes.count }

  /// Whether a text comes next.
  var isAtQuote: Bool {
    mutating get {
      skipSpace()
      return next == UInt8(ascii: "\"")
    }
  }

  var next: UInt8? { place < bytes.count ? bytes[place] : nil }

  mutating func skipSpace() {
    while place < bytes.count {
      switch bytes[place] {
      case 0x20, 0x09, 0x0A, 0x0D: place += 1
      default: return
      }
    }
  }

  mutating func advance() { place += 1 }

  /// One mark, with white space before it.
  mutating func skip(_ mark: UInt8) -> Bool {
    skipSpace()
    guard next == mark else { return false }
    place += 1
    return true
  }

  /// A name in quotes: ASCII without escapes.
  /// - Returns: the place of what stands between the quotes.
  mutating func name() -> Range<Int>? {
    guard skip(UInt8(ascii: "\"")) else { return nil }
    let start = place
    while place < bytes.count {
      let byte = bytes[place]
      if byte == UInt8(ascii: "\"") {
        place += 1
        return start..<(place - 1)
      }
      guard byte >= 0x20, byte < 0x7F, byte != UInt8(ascii: "\\") else { return nil }
      place += 1
    }
    return nil
  }

  /// Digits that make a whole number, at most so many that they fit.
  private mutating func digits() -> (value: UInt64, count: Int) {
    var value: UInt64 = 0
    let start = place
    while place < bytes.count {
      let digit = bytes[place] &- UInt8(ascii: "0")
      guard digit < 10 else { break }
      value = value &* 10 &+ UInt64(digit)
      place += 1
    }
    return (value, place - start)
  }

  /// A whole number that is not negative, without exponent or fraction.
  mutating func whole(_ result: inout Int) -> Bool {
    skipSpace()
    let start = place
    let (value, count) = digits()
    guard count > 0, count <= 15, count == 1 || bytes[start] != UInt8(ascii: "0") else {
      return false
    }
    result = Int(value)
    return next != UInt8(ascii: ".") && next != UInt8(ascii: "e") && next != UInt8(ascii: "E")
  }

  /// A number as JSON spells it.
  mutating func decimal(_ result: inout Double) -> Bool {
    skipSpace()
    let start = place
    let isNegative = next == UInt8(ascii: "-")
    if isNegative { place += 1 }
    let first = place
    let (whole, count) = digits()
    guard count > 0, count == 1 || bytes[first] != UInt8(ascii: "0") else { return false }
    var mantissa = whole
    var length = count
    var scale = 0
    if next == UInt8(ascii: ".") {
      place += 1
      let fraction = digits()
      guard fraction.count > 0 else { return false }
      length += fraction.count
      scale = -fraction.count
      // Beyond 19 digits this is not the value; it is not used then.
      if length <= 19 { mantissa = whole &* Self.whole(power: fraction.count) &+ fraction.value }
    }
    if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
      place += 1
      let isDown = next == UInt8(ascii: "-")
      if isDown || next == UInt8(ascii: "+") { place += 1 }
      let exponent = digits()
      guard exponent.count > 0, exponent.count <= 3 else { return false }
      scale += isDown ? -Int(exponent.value) : Int(exponent.value)
    }
    if length <= 19, mantissa < 1 << 53, abs(scale) <= 22 {
      // Both factors are exact, so their product or quotient is rounded once.
      let value = Double(mantissa)
      let power = Self.powers[abs(scale)]
      let magnitude = scale < 0 ? value / power : value * power
      result = isNegative ? -magnitude : magnitude
      return true
    }
    guard let base = bytes.baseAddress else { return false }
    // What follows the number is no part of one, and the line ends with a brace.
    result = strtod((base + start).assumingMemoryBound(to: CChar.self), nil)
    return result.isNormal
  }

  /// One of the words for numbers that JSON cannot hold.
  mutating func word(_ result: inout Double) -> Bool {
    guard let place = name() else { return false }
    let text = bytes[place]
    if text.elementsEqual("NaN".utf8) {
      result = .nan
    } else if text.elementsEqual("Infinity".utf8) {
      result = .infinity
    } else if text.elementsEqual("-Infinity".utf8) {
      result = -.infinity
    } else {
      return false
    }
    return true
  }

  private static let powers: [Double] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
  ]

  private static func whole(power: Int) -> UInt64 {
    var result: UInt64 = 1
    for _ in 0..<power { result &*= 10 }
    return result
  }
}
