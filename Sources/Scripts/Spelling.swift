// How names and numbers are spelled, checked by hand: a regular expression takes some 80 µs to match
// once, and a submission checks hundreds of words within a few milliseconds.

/// Whether a text is a name of ASCII letters, digits and some further signs.
/// - Parameters:
///   - signs: what else may stand after the first character.
///   - firstSigns: what else may stand at the beginning; else it is a letter or a digit.
///   - limit: the longest length.
public func isName(
  _ text: String, signs: String, firstSigns: String = "", limit: Int = 256
) -> Bool {
  guard let first = text.utf8.first, text.utf8.count <= limit else { return false }
  return (isAlphanumeric(first) || firstSigns.utf8.contains(first))
    && text.utf8.dropFirst().allSatisfy { isAlphanumeric($0) || signs.utf8.contains($0) }
}

/// Whether a text is a whole number above zero of at most `limit` digits, leading zeros aside.
func isPositiveNumber(_ text: some StringProtocol, limit: Int = 9) -> Bool {
  let digits = text.utf8.drop { $0 == UInt8(ascii: "0") }
  return (1...limit).contains(digits.count) && digits.allSatisfy(isDigit)
}

func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

func isCapital(_ byte: UInt8) -> Bool { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) }

func isAlphanumeric(_ byte: UInt8) -> Bool {
  isDigit(byte) || isCapital(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
}
