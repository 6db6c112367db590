import ArgumentParser
import Registry
import Reports
import RunContract
import Terminal

struct ConfigList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List all configs.",
    discussion: """
      EXAMPLES
        orchestrate config list
        orchestrate config list --json
      """)

  @OptionGroup var table: TableOptions
  @OptionGroup var options: GlobalOptions

  private static let shown = [
    "penalty", "corr_weight", "clip_value", "learning_rate", "epochs", "seed", "data",
  ]

  func run() throws {
    let workshop = try Workshop(options)
    let configs = try workshop.registry.configs()
    let counts = try workshop.registry.runCounts()
    if configs.isEmpty, !table.json {
      options.say("no configs yet")
      return options.hint("`orchestrate config import Jobs/penalty-sweep.yaml`")
    }
    table.render(
      json: .array(configs.map { object($0, runs: counts[$0.id] ?? 0) }),
      table: makeTable(configs, counts), style: options.style)
  }

  private func object(_ record: ConfigRecord, runs: Int) -> JSONValue {
    [
      "config": .string(record.sha256), "created_at": .string(timestamp(record.createdAt)),
      "runs": JSONValue(runs), "parameters": .object(record.config.parameters.mapValues(\.json)),
    ]
  }

  private func makeTable(_ configs: [ConfigRecord], _ counts: [Int64: Int]) -> Table {
    var table = Table(
      [Column("CONFIG"), Column("RUNS", number: true)]
        + Self.shown.map { Column($0.uppercased(), mayShrink: $0 == "data") })
    table.rows = configs.map { record in
      [Cell(record.shortID, .strong), Cell("\(counts[record.id] ?? 0)")]
        + Self.shown.map { Cell(record.config.parameters[$0]?.text ?? "–") }
    }
    return table
  }
}
