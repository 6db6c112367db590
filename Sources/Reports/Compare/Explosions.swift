import Statistics

/// How often the runs of two groups exploded.
public struct Explosions: Sendable {
  /// Of one group.
  public struct Rate: Sendable {
    public let exploded: Int
    /// The runs whose gradients are known.
    public let count: Int
    /// The rate's 95 % interval after Wilson; `nil` where there are no runs.
    public let low: Double?
    public let high: Double?

    /// The rate of a group of runs.
    public init(_ group: RunGroup) {
      exploded = group.exploded
      count = group.runs.count(where: \.hasNorms)
      let interval = Statistics.wilsonInterval(successes: exploded, trials: count)
      (low, high) = (interval?.low, interval?.high)
    }
  }

  public let other: Rate
  public let baseline: Rate
  /// Fisher's exact test, two-sided; `nil` where one side has no runs.
  public let pValue: Double?

  init(_ other: RunGroup, _ baseline: RunGroup) {
    self.other = Rate(other)
    self.baseline = Rate(baseline)
    pValue =
      self.other.count == 0 || self.baseline.count == 0
      ? nil
      : Statistics.fisherExact(
        self.other.exploded, self.other.count - self.other.exploded, self.baseline.exploded,
        self.baseline.count - self.baseline.exploded)?.pValue
  }
}
