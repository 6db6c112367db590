import RunContract
import Training

/// For each parameter of a config its name, default and help, within 80 columns.
func parameterLines() -> [String] {
  let rows = trainParameters.flatMap { parameter in
    wrapped(parameter.help, width: 48).enumerated().map { number, line in
      number == 0
        ? ["  " + parameter.name, parameter.standard.map(\.text) ?? "required", line]
        : ["", "", line]
    }
  }
  return alignedTable(rows, wordColumns: [0, 1, 2]).split(separator: "\n").map(String.init)
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
