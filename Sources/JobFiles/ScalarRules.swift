import RunContract

/// What a parameter's value means when it is written without quotes.
///
/// YAML's own rules differ between versions and surprise in all of them (`no` is false, `1:30` is 90,
/// `010` is 8), so they are not used. The rules here: `true` and `false` are truth values, a JSON
/// number is a number, everything else is a text; but what some YAML would read as something else is
/// refused with the two ways to write it. In quotes everything is a text.
enum ScalarRules {
  /// A spelling that is refused.
  struct Refusal: Error {
    let message: String
    let hint: String
  }

  /// The value of an unquoted scalar.
  static func parameter(plain text: String) throws(Refusal) -> ParameterValue {
    // Most values are numbers; sweeps hold a hundred thousand of them.
    if let shape = DecimalShape(text) { return try number(text, shape) }
    if isNull(text) {
      throw Refusal(message: "a parameter cannot be null", hint: "write a value or leave it out")
    }
    if text == "true" { return .bool(true) }
    if text == "false" { return .bool(false) }
    let lower = text.lowercased()
    if ["yes", "no", "on", "off", "y", "n", "true", "false"].contains(lower) {
      throw Refusal(
        message: "\(text) is read as true or false by some programs and as a text by others",
        hint: "write true, false or \"\(text)\"")
    }
    let unsigned = lower.first == "-" || lower.first == "+" ? lower.dropFirst() : lower[...]
    if ["inf", "infinity", "nan", ".inf", ".nan"].contains(unsigned) {
      throw Refusal(
        message: "a parameter must be a finite number, not \(text)",
        hint: "write \"\(text)\" for a text")
    }
    if ["0x", "0o", "0b"].contains(where: unsigned.hasPrefix), unsigned.count > 2,
      unsigned.dropFirst(2).allSatisfy({ $0.isHexDigit || $0 == "_" })
    {
      throw notDecimal(text)
    }
    return .string(text)
  }

  private static func number(
    _ text: String, _ shape: DecimalShape
  ) throws(Refusal) -> ParameterValue {
    guard shape.isJSONLike, !shape.hasLeadingZero else { throw notDecimal(text) }
    if let number = jsonNumber(text) { return .number(number) }
    throw Refusal(
      message: "\(text) is larger than a parameter can be without losing digits",
      hint: "whole numbers go up to 9007199254740991; write \"\(text)\" for a text")
  }

  private static func notDecimal(_ text: String) -> Refusal {
    Refusal(
      message: "\(text) is no decimal number as JSON writes it",
      hint: "write plain digits, or \"\(text)\" for a text")
  }

  /// Whether an unquoted scalar stands for nothing.
  static func isNull(_ text: String) -> Bool { ["", "~", "null", "Null", "NULL"].contains(text) }
}
