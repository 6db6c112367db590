import ArgumentParser
import Orchestration
import Registry
import RunContract
import Terminal

struct ConfigShow: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show one config.",
    discussion: """
      EXAMPLES
        orchestrate config show 3f2a91c0d4
        orchestrate config show 3f2a91c0d4 --json > config.json
      """)

  @Argument(help: "The first digits of a config's id.") var id: String
  @OptionGroup var table: TableOptions
  @OptionGroup var options: GlobalOptions

  func run() throws {
    let workshop = try Workshop(options)
    let found = try workshop.registry.configs(prefix: id)
    guard let record = found.first else {
      throw Failure(
        "no config begins with \(printable(id))", hint: "`orchestrate config list` shows them",
        status: .nothing)
    }
    guard found.count == 1 else {
      throw Failure(
        "\(found.count) configs begin with \(id)", hint: "give more digits", status: .usage)
    }
    var view = Table([Column("PARAMETER"), Column("VALUE")])
    view.rows = record.config.parameters.sorted { $0.key < $1.key }
      .map { [Cell($0.key), Cell($0.value.text)] }
    if !table.json { options.say("config \(record.sha256)") }
    table.render(
      json: .object(record.config.parameters.mapValues(\.json)), table: view, style: options.style)
  }
}
