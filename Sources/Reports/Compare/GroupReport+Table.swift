import RunContract
import Terminal

extension GroupReport {
  /// A table with one row a group. Columns of less weight have a rank by which they give way where the
  /// terminal is too narrow.
  public var table: Table {
    let keys = groups.first?.group.key.map(\.name) ?? []
    var columns = keys.isEmpty ? [Column("GROUP")] : keys.map { Column($0, number: isNumeric($0)) }
    columns += [
      Column("N", number: true), Column("FINISHED", number: true), Column("EXPLODED", number: true),
      Column("FAILED", number: true, rank: 4),
    ]
    if hasActive { columns.append(Column("ACTIVE", number: true)) }
    for (index, metric) in metrics.enumerated() {
      columns.append(Column(metric.name, number: true, rank: index == 0 ? 0 : 10 + index))
      columns.append(Column("\(metric.name) best", number: true, rank: index == 0 ? 6 : 30 + index))
    }
    columns += [
      Column("MAX ‖g‖", number: true), Column("AT", number: true, rank: 7),
      Column("IN BAND", number: true, rank: 5), Column("TIME", number: true, rank: 9),
      Column("NODE-H", number: true, rank: 8),
      Column(metrics.first.map { "CURVE OF \($0.name)" } ?? "CURVE", rank: 3),
    ]
    var table = Table(columns)
    let best = bestMeans
    table.rows = groups.map { row($0, best) }
    return table
  }

  private var hasActive: Bool { groups.contains { $0.group.active > 0 } }

  private func row(_ summary: GroupSummary, _ best: [Double?]) -> [Cell] {
    let group = summary.group
    var cells = group.key.isEmpty ? [Cell("all runs", .strong)] : []
    cells += group.key.map { Cell($0.value?.text ?? "–", .strong) }
    cells += [
      Cell("\(group.runs.count)"), Cell("\(group.finished)"),
      Cell("\(group.exploded)", group.exploded > 0 ? .bad : nil),
      Cell("\(group.failedOtherwise)", group.failedOtherwise > 0 ? .warning : nil),
    ]
    if hasActive { cells.append(Cell("\(group.active)", group.active > 0 ? .active : nil)) }
    for (metric, best) in zip(metrics, best) {
      let last = summary.estimate(metric, .last)
      cells.append(Cell(last.shown, last.mean != nil && last.mean == best ? .good : nil))
      cells.append(Cell(summary.estimate(metric, .best).shown))
    }
    return cells + ending(summary)
  }

  private func ending(_ summary: GroupSummary) -> [Cell] {
    let highest = summary.group.highestNorm?.point
    let band = summary.group.epochsInBand
    return [
      Cell(short(highest?.value), normRole(highest?.value)),
      Cell(highest.map { "\($0.epoch)/\($0.step)" } ?? "–"),
      Cell(band.map { "\($0.count)/\($0.of)" } ?? "–"),
      Cell(summary.seconds.mean.map { short(seconds: $0) } ?? "–"),
      Cell(short(summary.group.nodeHours)),
      Cell(metrics.first.map { sparkline(summary.curve($0), width: 16) } ?? ""),
    ]
  }

  /// The best mean of each metric's last values.
  private var bestMeans: [Double?] {
    metrics.map { metric in
      let means = groups.compactMap { $0.estimate(metric, .last).mean }
      return metric.lowerIsBetter ? means.min() : means.max()
    }
  }

  private func isNumeric(_ name: String) -> Bool {
    areNumbers(groups.map { summary in summary.group.key.first { $0.name == name }?.value ?? nil })
  }
}
