/// A bootstrap confidence interval of one sample's statistic; given the differences of pairs, the
/// interval of their mean difference.
///
/// Percentile: [Q(α/2), Q(1 − α/2)] with α = 1 − level and Q the quantile (``quantile(_:_:)``'s
/// rule) of the statistic over the resamples. BCa: α/2 and 1 − α/2 become Φ(z₀ + (z₀ + z) / (1 −
/// a·(z₀ + z))) with z the normal quantile of each; z₀ is the normal quantile of the share of
/// resamples below the statistic (ties by half), a = ⅙·ΣUᵢ³ / (ΣUᵢ²)^(3/2) with the jackknife's Uᵢ
/// = (n − 1)·(θ̄₍·₎ − θ₍ᵢ₎). Both as `scipy.stats.bootstrap` forms them.
///
/// Where n values have no more than 20,000 distinct resamples (n ≤ 8), all n^n are looked at, and
/// the result is exact: it is what any number of resamples comes near to. More values are sampled
/// with xoshiro256** seeded by splitmix64, one draw an index, resample after resample, so that the
/// same seed gives the same interval everywhere.
///
/// Sources: ``BootstrapMethod``; N. I. Fisher and P. Hall (1991), "Bootstrap algorithms for small
/// samples", Journal of Statistical Planning and Inference 27, for looking at all.
///
/// - Parameters:
///   - values: The sample.
///   - level: The level of confidence, between 0 and 1.
///   - statistic: What the interval is of.
///   - method: How its ends come from the resamples.
///   - resamples: How many, where they are sampled; up to ten million.
///   - seed: Where the generator starts.
/// - Returns: (c, c) where all values are c (of a custom statistic: its value of them). Nil for
///   fewer than two values, where one is not finite, where the statistic of a resample is nil or
///   not finite, for a level or a number of resamples out of bounds, and where BCa is not defined:
///   no resample, or every one, below the statistic, or a jackknife without spread.
public func bootstrapInterval(
  of values: [Double], level: Double = 0.95, statistic: BootstrapStatistic = .mean,
  method: BootstrapMethod = .percentile, resamples: Int = 9_999, seed: UInt64 = 0
) -> ConfidenceInterval? {
  guard values.count > 1, values.areFinite, isShare(level), (1...resampleLimit).contains(resamples),
    let estimate = statistic(values)
  else { return nil }
  if values.areConstant { return constantInterval(values[0], statistic, estimate) }
  guard
    let distribution = resampleDistribution(
      of: values, statistic, resamples: resamples, seed: seed)
  else { return nil }
  switch method {
  case .percentile:
    return distribution.interval((1 - level) / 2, (1 + level) / 2)
  case .bca:
    let tails = BCa(estimate: estimate, jackknife: [jackknife(values, statistic)])
      .tails(
        level: level, distribution,
        tolerance: tieTolerance(statistic, estimate, values.largestMagnitude))
    return tails.flatMap { distribution.interval($0, $1) }
  }
}

private func constantInterval(
  _ value: Double, _ statistic: BootstrapStatistic, _ estimate: Double
) -> ConfidenceInterval? {
  if case .custom = statistic { return ConfidenceInterval(finite: estimate, estimate) }
  return ConfidenceInterval(low: value, high: value)
}

/// Within what resamples count as tied with the statistic: the rounding of a sum in another order.
private func tieTolerance(
  _ statistic: BootstrapStatistic, _ estimate: Double, _ largest: Double
) -> Double {
  switch statistic {
  case .mean: roundingTolerance(largest)
  case .median: 0
  case .custom: roundingTolerance(abs(estimate))
  }
}

/// What sums of values of a size may differ by through rounding alone.
func roundingTolerance(_ size: Double) -> Double { 16 * Double.ulpOfOne * size }

/// All resamples where they are few, or as many as are asked for.
private func resampleDistribution(
  of values: [Double], _ statistic: BootstrapStatistic, resamples: Int, seed: UInt64
) -> ResampleDistribution? {
  let isExact = Multisets.count(values.count) != nil
  var generator = Xoshiro256(seed: seed)
  let entries: [ResampleDistribution.Entry]?
  if case .mean = statistic {
    entries =
      isExact
      ? Multisets.means(values)
      : SampledResamples.means([values], count: resamples, &generator) { $0[0] }
  } else {
    entries =
      isExact
      ? Multisets.statistics(values, statistic.callAsFunction)
      : SampledResamples.statistics(values, count: resamples, &generator, statistic)
  }
  return entries.flatMap { ResampleDistribution($0) }
}
