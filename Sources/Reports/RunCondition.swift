import Registry
import RunContract

/// A condition on one hyperparameter: `penalty=quadratic`, `corr_weight>=0.3`.
public struct RunCondition: Sendable, Equatable {
  /// How the parameter is compared with the value.
  public enum Comparison: String, Sendable, CaseIterable {
    // The longer spellings first: that is the order in which they are looked for.
    case atLeast = ">="
    case atMost = "<="
    case unequal = "!="
    case doubleEqual = "=="
    case equal = "="
    case above = ">"
    case below = "<"

    fileprivate var isOfOrder: Bool {
      switch self {
      case .atLeast, .atMost, .above, .below: true
      case .unequal, .doubleEqual, .equal: false
      }
    }
  }

  /// The parameter's name.
  public let name: String
  public let comparison: Comparison
  /// What it is compared with: a truth value, a number or a text, as job files write them.
  public let value: ParameterValue

  /// Reads a condition.
  /// - Throws: ``RunConditionError`` where the text is none.
  public init(_ text: String) throws(RunConditionError) {
    guard let place = text.firstIndex(where: { "=<>!".contains($0) }),
      let comparison = Comparison.allCases.first(where: { text[place...].hasPrefix($0.rawValue) })
    else { throw RunConditionError("\"\(printable(text))\" compares nothing") }
    let name = trimmed(text[..<place])
    let word = trimmed(text[place...].dropFirst(comparison.rawValue.count))
    guard !name.isEmpty else {
      throw RunConditionError("\"\(printable(text))\" names no parameter")
    }
    self.name = name
    self.comparison = comparison
    value = ParameterValue(commandLine: word)
    if comparison.isOfOrder, number == nil {
      throw RunConditionError(
        "\"\(printable(text))\" asks for an order, and \(printable(word)) is no number")
    }
  }

  private var number: Double? {
    if case .number(let number) = value { number } else { nil }
  }

  /// Whether a run with these parameters is meant. One that has no such parameter, or a text where a number
  /// is asked for, is meant by `!=` alone.
  public func holds(for parameters: [String: ParameterValue]) -> Bool {
    let found = parameters[name]
    switch comparison {
    case .equal, .doubleEqual: return found == value
    case .unequal: return found != value
    case .atLeast, .atMost, .above, .below:
      guard case .number(let left) = found, let right = number else { return false }
      switch comparison {
      case .atLeast: return left >= right
      case .atMost: return left <= right
      case .above: return left > right
      default: return left < right
      }
    }
  }
}

/// A text that is no condition.
public struct RunConditionError: Error, CustomStringConvertible, Sendable {
  public let description: String

  init(_ description: String) { self.description = description }
}

extension [RunRecord] {
  /// The runs for which every condition holds.
  /// - Throws: ``RunConditionError`` where none of them has a parameter that a condition names: a name that
  ///   is misspelled must not pass for a condition that nothing fulfils.
  public func fulfilling(_ conditions: [RunCondition]) throws(RunConditionError) -> [RunRecord] {
    if conditions.isEmpty || isEmpty { return self }
    let parameters = map(\.config.parameters)
    let names = Set(parameters.flatMap(\.keys))
    for condition in conditions where !names.contains(condition.name) {
      throw RunConditionError(
        "no run here has a parameter \(printable(condition.name))"
          + didYouMean(condition.name, in: names.sorted()))
    }
    return zip(self, parameters)
      .filter { _, parameters in conditions.allSatisfy { $0.holds(for: parameters) } }.map(\.0)
  }
}

/// A text without the white space around it.
package func trimmed(_ text: Substring) -> String {
  let start = text.drop(while: \.isWhitespace)
  return String(start.reversed().drop(while: \.isWhitespace).reversed())
}
