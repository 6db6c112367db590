import ArgumentParser
import Training

/// `train penalties`.
struct PenaltiesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "penalties",
    abstract: "Prints cost and gradient of every penalty, from the functions that train.",
    discussion: """
      Examples:
        train penalties
        train penalties --json
      """)

  @Flag(help: "Print JSON, the numbers in full.")
  var json = false

  func run() {
    let table = PenaltyTable()
    print(json ? table.json.canonical : table.text)
  }
}
