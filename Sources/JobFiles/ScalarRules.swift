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
    if lower.wholeMatch(of: /[-+]?\.?(inf|infinity|nan)/) != nil {
      throw Refusal(
        message: "a parameter must be a finite number, not \(text)",
        hint: "write \"\(text)\" for a text")
    }
    if text.wholeMatch(of: /[-+]?0[xXoObB][0-9A-Fa-f_]+/) != nil
      || text.wholeMatch(of: /[-+]?[0-9][0-9_]*_[0-9_]*(\.[0-9_]*)?([eE][-+]?[0-9]+)?/) != nil
      || text.wholeMatch(of: /\+([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?/) != nil
      || text.wholeMatch(of: /-?0[0-9]+(\.[0-9]*)?([eE][-+]?[0-9]+)?/) != nil
    {
      throw Refusal(
        message: "\(text) is no decimal number as JSON writes it",
        hint: "write plain digits, or \"\(text)\" for a text")
    }
    if let number = jsonNumber(text) { return .number(number) }
    if text.wholeMatch(of: /-?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?/) != nil {
      throw Refusal(
        message: "\(text) is larger than a parameter can be without losing digits",
        hint: "whole numbers go up to 9007199254740991; write \"\(text)\" for a text")
    }
    return .string(text)
  }

  /// Whether an unquoted scalar stands for nothing.
  static func isNull(_ text: String) -> Bool { ["", "~", "null", "Null", "NULL"].contains(text) }
}
