import ArgumentParser
import Figures
import Penalties
import RunContract
import Terminal
import Training

/// `train penalties`.
struct PenaltiesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "penalties",
    abstract: "Prints cost and gradient of every penalty, from the functions that train.",
    discussion: """
      Examples:
        train penalties
        train penalties --clamp 0.9 --power 6 --at 0.3,0.97
        train penalties --svg penalties.svg
        train penalties --json
      """)

  @Option(help: "The largest |c| that the clamped exponential sees, from 0 to 0.999999; or none.")
  var clamp = "0.95"

  @Option(help: "The exponent of the penalty `power`, from 1 to 64.")
  var power = 4.0

  @Option(help: "The |c| of the rows, from 0 to 1, with commas between them.")
  var at: String?

  @Option(help: "Write the plots to this file too.")
  var svg: String?

  @Flag(help: "Print JSON, the numbers in full.")
  var json = false

  @Flag(inversion: .prefixedNo, help: "Plot the curves below the table.")
  var plot = true

  func validate() throws { _ = try table }

  func run() throws {
    let table = try table
    if let svg {
      try orExit { try table.writeFigure(to: svg) }
    }
    Stream.output.line(json ? table.json.canonical : table.text)
    if plot, !json { printPlots(table.panels) }
  }

  private func printPlots(_ panels: [Panel]) {
    let width = min(Stream.output.width ?? 80, 110)
    let style = Style(.auto, for: .output)
    let roles: [Role] = [.bad, .active, .good, .warning, .strong]
    for panel in panels {
      Stream.output.line()
      let plot = TerminalPlot(panel, width: width)
      for line in plot.lines(paint: { style(roles[$0 % roles.count], $1) }) {
        Stream.output.line(line)
      }
    }
    if panels.contains(where: { !$0.bands.isEmpty }) {
      Stream.output.line("\n▒ dead zone, gradient 0")
    }
  }

  private var table: PenaltyTable {
    get throws {
      let options = PenaltyOptions(
        clamp: try option("clamp", ParameterValue(word: clamp)),
        power: try option("power", .number(power)))
      return PenaltyTable(
        at: try at.map(correlations) ?? PenaltyTable.standardCorrelations, options: options)
    }
  }

  /// A number that a config's parameter of this name allows; infinity for `none`.
  private func option(_ name: String, _ value: ParameterValue) throws -> Double {
    let parameter = trainParameters.first { $0.name == name }
    if let complaint = parameter?.complaint(about: value) {
      throw ValidationError("--\(name) must be \(complaint), not \(value.text)")
    }
    if case .number(let number) = value { return number }
    return .infinity
  }

  private func correlations(_ text: String) throws -> [Double] {
    try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
      let word = part.trimmingCharacters(in: .whitespaces)
      guard let value = Double(word), (0...1).contains(value) else {
        throw ValidationError(
          "--at must be numbers from 0 to 1 with commas between them, as in 0.3,0.97; "
            + "\"\(printable(word))\" is none")
      }
      return value
    }
  }
}

extension ParameterValue {
  /// A number where the word is one, else the word.
  fileprivate init(word: String) { self = Double(word).map { .number($0) } ?? .string(word) }
}
