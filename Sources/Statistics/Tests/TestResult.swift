/// What a test says of a hypothesis of no difference.
public struct TestResult: Sendable, Hashable {
  /// How the statistic's distribution under the hypothesis was had.
  public enum NullDistribution: String, Sendable, CaseIterable {
    /// From every arrangement of the data.
    case exact
    /// From the normal distribution that it comes near to.
    case normal
    /// From arrangements drawn at random.
    case sampled
  }

  /// The test's statistic.
  public let statistic: Double
  /// The two-sided p-value.
  public let pValue: Double
  /// Where the p-value is from.
  public let nullDistribution: NullDistribution
  /// How many observations (pairs, for a paired test) took part.
  public let count: Int
}
