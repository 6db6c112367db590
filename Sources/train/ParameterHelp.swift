import RunContract
import Training

/// One line for each parameter of a config: name, default, what it may be.
func parameterLines() -> [String] {
  let rows = trainParameters.map { parameter in
    [
      "  " + parameter.name, parameter.standard.map(\.text) ?? "required", parameter.help,
    ]
  }
  return alignedTable(rows, wordColumns: [0, 1, 2]).split(separator: "\n").map(String.init)
}
