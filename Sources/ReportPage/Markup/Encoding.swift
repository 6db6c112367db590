/// Numbers as the script reads them: the upper bits of a single-precision number, six to a character.
struct Encoding {
  private static let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  private(set) var bytes: [UInt8] = []

  /// A value in four characters, to 5 digits, or three, to 3 digits. What is not finite stays so, and what
  /// is finite too.
  mutating func add(_ value: Double, characters: Int) {
    let largest = 3.3e38
    let single = value.isFinite ? Float(min(max(value, -largest), largest)) : Float(value)
    let shift = UInt32(32 - 6 * characters)
    let bits = single.isNaN ? 0x7FC0_0000 : single.bitPattern
    add(whole: Int((single.isFinite ? bits + (1 << (shift - 1)) : bits) >> shift), characters)
  }

  /// A whole number from zero, as large as there is room for.
  mutating func add(whole number: Int, _ characters: Int) {
    let bounded = min(max(number, 0), 1 << (6 * characters) - 1)
    for place in (0..<characters).reversed() {
      bytes.append(Self.alphabet[bounded >> (6 * place) & 63])
    }
  }
}
