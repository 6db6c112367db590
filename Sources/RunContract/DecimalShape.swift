/// How a decimal number is spelled: an optional sign, digits with an optional fraction, an optional
/// exponent; underscores between digits are seen, not taken for digits.
public struct DecimalShape: Sendable {
  /// The sign that was written.
  public private(set) var sign: Character?
  /// The digits before the point, underscores left out.
  public private(set) var wholeDigits = 0
  /// Whether the number begins with a zero that another digit follows.
  public private(set) var hasLeadingZero = false
  /// Whether there is an underscore.
  public private(set) var hasUnderscore = false
  /// Whether there is an exponent.
  public private(set) var hasExponent = false

  /// The spelling of a text; `nil` where it is not a decimal number's.
  public init?(_ text: String) {
    var bytes = text.utf8[...]
    if let first = bytes.first, first == UInt8(ascii: "-") || first == UInt8(ascii: "+") {
      sign = Character(Unicode.Scalar(first))
      bytes.removeFirst()
    }
    let startsWithZero = bytes.first == UInt8(ascii: "0")
    wholeDigits = readDigits(&bytes)
    hasLeadingZero = startsWithZero && wholeDigits > 1
    var fractionDigits = 0
    if bytes.first == UInt8(ascii: ".") {
      bytes.removeFirst()
      fractionDigits = readDigits(&bytes)
    }
    guard wholeDigits + fractionDigits > 0 else { return nil }
    if let mark = bytes.first, mark == UInt8(ascii: "e") || mark == UInt8(ascii: "E") {
      bytes.removeFirst()
      if let first = bytes.first, first == UInt8(ascii: "-") || first == UInt8(ascii: "+") {
        bytes.removeFirst()
      }
      guard readDigits(&bytes) > 0 else { return nil }
      hasExponent = true
    }
    guard bytes.isEmpty else { return nil }
  }

  /// Whether JSON could read it, leading zeros and missing digits about the point aside.
  public var isJSONLike: Bool { sign != "+" && !hasUnderscore }

  private mutating func readDigits(_ bytes: inout Substring.UTF8View) -> Int {
    var count = 0
    while let byte = bytes.first {
      if (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
        count += 1
      } else if byte == UInt8(ascii: "_"), count > 0 {
        hasUnderscore = true
      } else {
        break
      }
      bytes.removeFirst()
    }
    return count
  }
}
