import RunContract
import Terminal

extension CompareReport {
  /// A table with one row a run.
  public var table: Table {
    let others = metrics.filter { $0.name != MetricName.loss && $0.name != MetricName.corrPenalty }
    var table = Table(
      [Column("RUN")]
        // Parameters and metrics keep their own spelling, so that penalty (which one) is not PENALTY (how
        // much).
        + differing.map { name in Column(name, number: isNumeric(name)) } + [
          Column("LOSS 1ST", number: true), Column("LAST", number: true),
          Column("BEST", number: true),
        ] + others.enumerated().map { Column($1.name, number: true, rank: 10 + $0) } + [
          Column("MAX ‖g‖", number: true), Column("AT", number: true),
          Column("PENALTY", number: true), Column("EPOCH", number: true, rank: 5),
          Column("TIME", number: true, rank: 9), Column("NODE-H", number: true, rank: 8),
          Column("STATE"),
        ])
    let best = runs.compactMap { $0.courses[MetricName.loss]?.lowest?.value }.min()
    table.rows = runs.map { row($0, others, best: best) }
    return table
  }

  private func row(_ summary: RunSummary, _ others: [MetricChoice], best: Double?) -> [Cell] {
    let run = summary.run
    let loss = summary.courses[MetricName.loss]
    let epoch = run.lastEpoch.map { "\($0)" + (run.epochs.map { "/\($0)" } ?? "") }
    let damaged = run.damagedLines > 0 ? ", \(run.damagedLines) damaged lines" : ""
    return [Cell(run.name, .strong)] + differing.map { Cell(summary.parameters[$0]?.text ?? "–") }
      + [
        Cell(short(loss?.means.first)), Cell(short(loss?.last)),
        Cell(
          short(loss?.lowest?.value),
          loss?.lowest != nil && loss?.lowest?.value == best ? .good : nil),
      ] + others.map { Cell(short(summary.value($0, .last))) } + [
        Cell(short(summary.highestNorm?.value), normRole(summary.highestNorm?.value)),
        Cell(summary.highestNorm.map { "\($0.epoch)" } ?? "–"),
        Cell(short(summary.courses[MetricName.corrPenalty]?.last)), Cell(epoch ?? "–"),
        Cell(summary.usage.seconds.map { short(seconds: $0) } ?? "–"),
        Cell(short(summary.usage.nodeHours)),
        Cell(run.state.rawValue + damaged, role(of: run.state)),
      ]
  }

  private func isNumeric(_ name: String) -> Bool {
    areNumbers(runs.map { $0.parameters[name] })
  }
}
