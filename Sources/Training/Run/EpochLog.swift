import Foundation
import RunContract

/// The lines of `output.log`: a table with a row for each epoch, and what happened in between.
struct EpochLog {
  /// Whether this process is the one that speaks.
  let isOn: Bool

  private static let columns = [
    ("epoch", 9), ("loss", 9), ("penalty", 8), ("|c| input", 9), ("|c| target", 10),
    ("norm mean", 9), ("norm max", 9), ("skipped", 7), ("val loss", 9), ("pairs/s", 7),
  ]

  func header() { say(Self.columns.map(\.0)) }

  /// The row of an epoch.
  func row(epoch: Int, of epochs: Int, _ values: [String: Double]) {
    func cell(_ name: String, _ digits: Int) -> String {
      guard let value = values[name] else { return "-" }
      if value.isNaN { return "nan" }
      // A norm of millions has no use for decimals.
      return String(format: value.magnitude < 1e5 ? "%.\(digits)f" : "%.3g", value)
    }
    say([
      "\(epoch)/\(epochs)", cell("epoch_loss", 5), cell("epoch_corr_penalty", 4),
      cell("epoch_c_input", 3), cell("epoch_c_target", 3), cell("epoch_grad_norm_mean", 3),
      cell("epoch_grad_norm_max", 3), cell("epoch_skipped", 0), cell(MetricName.validationLoss, 5),
      cell(MetricName.epochSamplesPerSecond, 1),
    ])
  }

  func say(_ line: String) {
    guard isOn else { return }
    // A log that cannot be written is no reason to stop training.
    try? writeAll(Data((line + "\n").utf8), to: STDOUT_FILENO, path: "standard output")
  }

  private func say(_ cells: [String]) { say(alignedRow(cells, widths: Self.columns.map(\.1))) }
}
