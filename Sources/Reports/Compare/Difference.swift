import RunContract
import Statistics

/// How a metric of one group differs from the baseline's: of each seed that both have, else of the means.
public struct Difference: Sendable {
  /// The tests that a difference may be put to.
  public enum Test: String, Sendable {
    /// Of the differences of pairs.
    case wilcoxonSignedRank = "wilcoxon_signed_rank"
    /// Of the difference of the means of two independent samples.
    case permutation
  }

  /// The seeds that both groups have; at least two make the comparison one of pairs.
  let seeds: [ParameterValue]
  public let isPaired: Bool
  /// How many values each side has: pairs, where they are paired.
  public let count: Int
  public let baselineCount: Int
  /// Mean difference, the group's value less the baseline's.
  public let mean: Double?
  /// Its 95 % bootstrap interval.
  public let low: Double?
  public let high: Double?
  public let test: Test?
  public let isExact: Bool
  public let pValue: Double?
  /// The smallest p-value that so many values can give; above 0.05 no difference could be shown.
  public let smallestP: Double?
  /// Seeds that would probably show a difference of this size, by a t-test's power.
  private let seedsByPower: Int?

  init(_ other: SeededValues, _ baseline: SeededValues) {
    let shared = other.seeds.intersection(baseline.seeds).sorted { SortKey($0) < SortKey($1) }
    isPaired = shared.count >= 2
    seeds = isPaired ? shared : []
    let result =
      isPaired
      ? Outcome(
        pairs: shared.compactMap { seed in
          other.mean(seed).flatMap { left in baseline.mean(seed).map { left - $0 } }
        }) : Outcome(other.all, baseline.all)
    (count, baselineCount) = result.counts
    (mean, low, high) = (result.mean, result.interval?.low, result.interval?.high)
    (test, isExact, pValue) = (result.test, result.isExact, result.pValue)
    (smallestP, seedsByPower) = (result.smallestP, result.seedsByPower)
  }

  /// Seeds that would probably show a difference of this size: a two-sided t-test at 0.05 with a power of
  /// 80 %, but no fewer than the test itself needs to come below 0.05.
  /// - Parameter family: How many differences are tested together.
  public func seedsNeeded(family: Int) -> Int? {
    guard let seedsByPower else { return nil }
    let alpha = significance / Double(max(1, family))
    let fewest = isPaired ? fewestPairs(alpha: alpha) : fewestPerGroup(alpha: alpha)
    return fewest.map { max($0, seedsByPower) }
  }
}

/// What the values of two sides come to.
private struct Outcome {
  let counts: (Int, Int)
  var mean: Double?
  var interval: ConfidenceInterval?
  var test: Difference.Test?
  var isExact = true
  var pValue: Double?
  var smallestP: Double?
  var seedsByPower: Int?

  init(pairs differences: [Double]) {
    counts = (differences.count, differences.count)
    mean = Statistics.mean(differences)
    interval = Resampling.interval(differences)
    if let result = Statistics.wilcoxonSignedRank(differences) {
      (test, pValue, isExact) = (
        .wilcoxonSignedRank, result.pValue, result.nullDistribution == .exact
      )
    }
    smallestP = smallestPossiblePValue(pairs: differences.count)
    if let mean, let deviation = Statistics.sampleStandardDeviation(differences) {
      seedsByPower = Statistics.seedsNeeded(
        difference: mean, standardDeviation: deviation, paired: true)
    }
  }

  /// Two samples that have nothing to do with one another.
  init(_ other: [Double], _ baseline: [Double]) {
    counts = (other.count, baseline.count)
    guard let left = Statistics.mean(other), let right = Statistics.mean(baseline) else { return }
    mean = left - right
    guard other.count >= 2, baseline.count >= 2 else { return }
    interval = Resampling.interval(other, less: baseline)
    if let result = Resampling.test(other, baseline) {
      (test, pValue, isExact) = (.permutation, result.pValue, result.nullDistribution == .exact)
    }
    smallestP = smallestPossiblePValue(groups: other.count, baseline.count)
    if let spread = pooledDeviation(other, baseline) {
      seedsByPower = Statistics.seedsNeeded(
        difference: left - right, standardDeviation: spread, paired: false)
    }
  }
}

/// The pooled standard deviation of two samples: the root of the mean of their variances, each weighed by
/// its degrees of freedom (Cohen 1988, Statistical Power Analysis for the Behavioral Sciences, 2.5.2).
private func pooledDeviation(_ left: [Double], _ right: [Double]) -> Double? {
  guard let a = Statistics.sampleStandardDeviation(left),
    let b = Statistics.sampleStandardDeviation(right)
  else { return nil }
  let freedom = (Double(left.count - 1), Double(right.count - 1))
  return ((freedom.0 * a * a + freedom.1 * b * b) / (freedom.0 + freedom.1)).squareRoot()
}
