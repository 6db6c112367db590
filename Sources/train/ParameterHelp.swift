import RunContract
import Training

/// For each parameter of a config its name, default, help and what it may be, within 80 columns.
func parameterLines() -> [String] {
  let heads = trainParameters.map { ["  " + $0.name, $0.standard.map(\.text) ?? "required"] }
  let widths = (0..<2).map { column in heads.map { $0[column].count }.max() ?? 0 }
  let width = 79 - widths.reduce(4, +)
  let rows = zip(heads, trainParameters).flatMap { head, parameter in
    wrapped(parameter.fullHelp, width: width).enumerated().map { number, line in
      (number == 0 ? head : ["", ""]) + [line]
    }
  }
  return alignedTable(rows, wordColumns: [0, 1, 2]).split(separator: "\n").map(String.init)
}

extension TrainParameter {
  fileprivate var fullHelp: String {
    if case .choice(let words) = kind, words.allSatisfy(help.contains) { return help }
    return kind.hint.map { "\(help): \($0)" } ?? help
  }
}

extension ParameterKind {
  /// The expectation as far as it tells a reader more than that a number is a number: words to choose
  /// from, and bounds that somebody may meet.
  fileprivate var hint: String? {
    let farBound = 1000.0
    switch self {
    case .choice, .flag: return expectation
    case .number(let range): return range.upperBound <= farBound ? expectation : nil
    case .integer(let range): return Double(range.upperBound) <= farBound ? expectation : nil
    case .numberOrNone(let range):
      return range.upperBound <= farBound ? expectation : "a number or \(noneWord)"
    case .integerOrNone(let range):
      return Double(range.upperBound) <= farBound ? expectation : "a number or \(noneWord)"
    case .positive, .text: return nil
    }
  }
}

private func wrapped(_ text: String, width: Int) -> [String] {
  text.split(separator: " ").reduce(into: []) { lines, word in
    if let last = lines.last, last.count + 1 + word.count <= width {
      lines[lines.count - 1] = last + " " + word
    } else {
      lines.append(String(word))
    }
  }
}
