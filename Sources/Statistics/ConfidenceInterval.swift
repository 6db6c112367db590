/// The two ends of a confidence interval.
public struct ConfidenceInterval: Sendable, Hashable, Codable {
  /// The lower end.
  public let low: Double
  /// The upper end.
  public let high: Double

  /// An interval from its ends.
  public init(low: Double, high: Double) {
    self.low = low
    self.high = high
  }

  /// The ends, where both are numbers.
  init?(finite low: Double, _ high: Double) {
    guard low.isFinite, high.isFinite else { return nil }
    self.init(low: low, high: high)
  }

  /// Whether a value is inside, its ends too.
  public func contains(_ value: Double) -> Bool { low <= value && value <= high }
}

/// Whether a number is a level of confidence, a power or a level of significance: between 0 and 1.
func isShare(_ value: Double) -> Bool { value > 0 && value < 1 }
