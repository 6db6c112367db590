import RunContract

/// A cell of a CSV file after RFC 4180.
package enum CSVField {
  /// A text. One that begins with `=`, `+`, `-`, `@`, their full-width forms, a tab, a line's end or `'` is
  /// given a `'` in front: spreadsheets take the others for formulas and run them. So whoever wants the text
  /// as it was drops one leading `'`. NUL, which readers take for the end, becomes U+FFFD.
  package static func text(_ text: String) -> String {
    var text = text
    if text.unicodeScalars.contains("\0") {
      text = String(
        String.UnicodeScalarView(text.unicodeScalars.map { $0 == "\0" ? "\u{FFFD}" : $0 }))
    }
    if let first = text.unicodeScalars.first, misleading.contains(first) { text = "'" + text }
    // An empty text is not the same as no value, for readers that tell them apart.
    let isPlain = !text.isEmpty && !text.utf8.contains { special.contains($0) }
    guard !isPlain else { return text }
    // Scalar by scalar: to a String, a quote before a combining mark is no quote.
    return text.unicodeScalars.reduce(into: "\"") { quoted, scalar in
      if scalar == "\"" { quoted += "\"" }
      quoted.unicodeScalars.append(scalar)
    } + "\""
  }

  /// A number: never quoted, `nan`, `inf` and `-inf` as pandas, R and NumPy read them.
  package static func number(_ value: Double) -> String { plainNumber(value) }

  /// A time, empty where it is not known.
  static func time(_ time: Double?) -> String { known(time).map(plainNumber) ?? "" }

  package static func value(_ value: ParameterValue) -> String {
    switch value {
    case .bool(let value): value ? "true" : "false"
    case .number(let value): number(value)
    case .string(let value): text(value)
    }
  }

  private static let misleading: Set<Unicode.Scalar> = [
    "=", "+", "-", "@", "\t", "\r", "\n", "'", "\u{FF1D}", "\u{FF0B}", "\u{FF0D}", "\u{FF20}",
  ]

  private static let special: Set<UInt8> = [
    UInt8(ascii: ","), UInt8(ascii: "\""), UInt8(ascii: "\n"), UInt8(ascii: "\r"),
  ]
}
