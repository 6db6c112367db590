/// What a hyperparameter may be.
public enum ParameterKind: Sendable, Equatable {
  /// A whole number within bounds.
  case integer(ClosedRange<Int>)
  /// A number within bounds.
  case number(ClosedRange<Double>)
  /// A number above zero.
  case positive
  /// A number within bounds, or the word `none`.
  case numberOrNone(ClosedRange<Double>)
  /// A whole number within bounds, or the word `none`.
  case integerOrNone(ClosedRange<Int>)
  /// `true` or `false`.
  case flag
  /// One of these words.
  case choice([String])
  /// A text that is not empty.
  case text
}

extension ParameterKind {
  /// Whether a value is one of this kind.
  func allows(_ value: ParameterValue) -> Bool {
    switch (self, value) {
    case (.integer(let range), .number(let number)):
      Int(exactly: number).map(range.contains) ?? false
    case (.number(let range), .number(let number)): range.contains(number)
    case (.positive, .number(let number)): number > 0 && number.isFinite
    case (.numberOrNone, .string(noneWord)), (.integerOrNone, .string(noneWord)): true
    case (.numberOrNone(let range), _): ParameterKind.number(range).allows(value)
    case (.integerOrNone(let range), _): ParameterKind.integer(range).allows(value)
    case (.flag, .bool): true
    case (.choice(let words), .string(let word)): words.contains(word)
    case (.text, .string(let text)): !text.isEmpty
    default: false
    }
  }

  /// What the value may be, as in "a number from 0 to 1".
  public var expectation: String {
    switch self {
    case .integer(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
    case .number(let range):
      "a number from \(canonicalNumber(range.lowerBound)) to \(canonicalNumber(range.upperBound))"
    case .positive: "a number above 0"
    case .numberOrNone(let range): ParameterKind.number(range).expectation + " or \(noneWord)"
    case .integerOrNone(let range): ParameterKind.integer(range).expectation + " or \(noneWord)"
    case .flag: "true or false"
    case .choice(let words): "one of " + words.joined(separator: ", ")
    case .text: "a text"
    }
  }
}

/// What stands for "no such bound" in configs.
public let noneWord = "none"
