import Registry
import RunContract
import Terminal

/// Runs under way, as lines that are drawn anew while they train.
public struct ProgressReport: Sendable {
  let runs: [RunRecord]
  let style: Style
  let width: Int

  /// A report on these runs for a terminal of so many columns.
  public init(_ runs: [RunRecord], style: Style, width: Int) {
    self.runs = runs
    self.style = style
    self.width = width
  }

  /// A line for each run that trains, then one for all together.
  public var lines: [String] {
    let moving = runs.filter { $0.state == .running || $0.state == .requeued }
    let nameWidth = moving.map { displayWidth($0.name) }.max() ?? 0
    return moving.map { line($0, nameWidth) } + [total]
  }

  private func line(_ run: RunRecord, _ nameWidth: Int) -> String {
    let values = run.lastValues
    let padding = String(repeating: " ", count: nameWidth - displayWidth(run.name))
    let barWidth = max(8, min(28, width - nameWidth - 58))
    let figures =
      "epoch \(epochText(run))  loss \(short(values[MetricName.loss]))"
      + "  ‖g‖ \(short(values[MetricName.gradNorm]))"
      + "  penalty \(short(values[MetricName.corrPenalty]))"
    return style(.strong, run.name) + padding + "  "
      + style(.active, progressBar(fraction(run), width: barWidth)) + "  "
      + truncated(figures, to: max(20, width - nameWidth - barWidth - 4))
  }

  private var total: String {
    let done = runs.reduce(0) { $0 + ($1.state.isActive ? fraction($1) : 1) }
    let share = runs.isEmpty ? 1 : done / Double(runs.count)
    let bar = progressBar(share, width: max(8, min(28, width / 4)))
    return style(.good, bar) + "  " + summary(of: runs, style: style)
  }

  private func fraction(_ run: RunRecord) -> Double {
    guard let epoch = run.lastEpoch, let epochs = run.epochs, epochs > 0 else { return 0 }
    // The epoch that is under way is half done, for want of better knowledge.
    return min(1, max(0, Double(epoch) - (run.state.isActive ? 0.5 : 0)) / Double(epochs))
  }
}
