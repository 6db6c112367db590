/// The value of one hyperparameter: a truth value, a number or a text.
///
/// Whole numbers and fractions are one kind, as in JSON: `1` and `1.0` are the same value and so
/// the same config.
public enum ParameterValue: Hashable, Sendable {
  case bool(Bool)
  case number(Double)
  case string(String)

  /// The value as JSON.
  public var json: JSONValue {
    switch self {
    case .bool(let value): .bool(value)
    case .number(let value): .number(value)
    case .string(let value): .string(value)
    }
  }

  /// The value as a trainer finds it in its environment, and as tables print it: `true`, `0.5`,
  /// `quadratic`.
  public var text: String {
    switch self {
    case .bool(let value): value ? "true" : "false"
    case .number(let value): canonicalNumber(value)
    case .string(let value): value
    }
  }

  /// Reads a value back from JSON; `nil` for null, arrays, objects.
  public init?(_ json: JSONValue) {
    switch json {
    case .bool(let value): self = .bool(value)
    case .number(let value): self = .number(value)
    case .string(let value): self = .string(value)
    case .null, .array, .object: return nil
    }
  }

  /// Reads a value as it is written on a command line: `true`, `false`, a finite number below
  /// 2^53, else a text. Only the exact JSON spelling of truth values counts, so that `no` and `1:30`
  /// stay texts.
  public init(commandLine text: String) {
    switch text {
    case "true": self = .bool(true)
    case "false": self = .bool(false)
    default:
      if let value = jsonNumber(text) { self = .number(value) } else { self = .string(text) }
    }
  }
}

/// The finite number that a JSON-like spelling stands for: an optional minus, digits with an optional
/// fraction, an optional exponent. Hexadecimal, `inf`, `nan`, sexagesimal and a leading plus are texts,
/// and so is a number of more than 53 bits written out: a seed would silently become another one.
public func jsonNumber(_ text: String) -> Double? {
  // By hand: sweeps read a hundred thousand numbers, and a regular expression takes 80 µs for each.
  guard let shape = DecimalShape(text), shape.isJSONLike else { return nil }
  guard let value = Double(text), value.isFinite else { return nil }
  return !shape.hasExponent && value.magnitude >= 9_007_199_254_740_992 ? nil : value
}
