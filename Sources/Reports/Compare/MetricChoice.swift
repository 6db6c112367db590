import Registry
import RunContract

/// A metric that runs are compared by, and which way is better: `val_loss`, `accuracy:max`.
public struct MetricChoice: Sendable, Hashable {
  /// The metric's name.
  public let name: String
  /// Whether a lower value is the better one.
  public let lowerIsBetter: Bool

  /// A metric.
  public init(_ name: String, lowerIsBetter: Bool = true) {
    self.name = name
    self.lowerIsBetter = lowerIsBetter
  }

  /// Reads `NAME`, `NAME:min` or `NAME:max`; `nil` where there is no name.
  public init?(argument text: String) {
    let (name, isLower) =
      text.hasSuffix(":max")
      ? (text.dropLast(4), false) : (text.hasSuffix(":min") ? text.dropLast(4) : text[...], true)
    if name.isEmpty { return nil }
    self.init(String(name), lowerIsBetter: isLower)
  }

  /// What is shown where nobody chooses: the losses, how much the output resembles its sources, the penalty
  /// for it, and the balance of the masks.
  public static let usual = [
    MetricName.validationLoss, MetricName.loss, "c_input", "c_target", MetricName.corrPenalty,
    "balance",
  ].map { MetricChoice($0) }

  /// The best epoch of a course.
  func best(of course: MetricCourse) -> (value: Double, epoch: Int)? {
    lowerIsBetter ? course.lowest : course.highestMean
  }
}
