/// A bootstrap confidence interval of the difference of two means, mean(a) − mean(b), where values
/// are not paired: each sample is resampled on its own.
///
/// The methods are those of ``bootstrapInterval(of:level:statistic:method:resamples:seed:)``, as
/// `scipy.stats.bootstrap((a, b), …)` forms them; BCa's acceleration is that of several samples: a
/// = ⅙·Σⱼ(ΣᵢUⱼᵢ³/nⱼ³) / (Σⱼ ΣᵢUⱼᵢ²/nⱼ²)^(3/2). Exact where the two have no more than 20,000
/// distinct pairs of resamples (up to five values each), sampled above: of each resample, the
/// indices of `a` are drawn first.
///
/// Source: B. Efron and R. J. Tibshirani (1993), "An Introduction to the Bootstrap", sections 8.3
/// and 14.3.
///
/// - Returns: (c − d, c − d) where all of `a` are c and all of `b` are d. Nil where a sample has
///   fewer than two values or one that is not finite, for a level or a number of resamples
///   (1...10,000,000) out of bounds, and where BCa is not defined.
public func twoSampleBootstrapInterval(
  _ a: [Double], _ b: [Double], level: Double = 0.95, method: BootstrapMethod = .percentile,
  resamples: Int = 9_999, seed: UInt64 = 0
) -> ConfidenceInterval? {
  guard a.count > 1, b.count > 1, a.areFinite, b.areFinite, isShare(level),
    (1...resampleLimit).contains(resamples), let meanA = mean(a), let meanB = mean(b)
  else { return nil }
  if a.areConstant && b.areConstant { return ConfidenceInterval(finite: a[0] - b[0], a[0] - b[0]) }
  guard
    let distribution = ResampleDistribution(
      differences(a, b, resamples: resamples, seed: seed))
  else { return nil }
  switch method {
  case .percentile:
    return distribution.interval((1 - level) / 2, (1 + level) / 2)
  case .bca:
    // A difference's jackknife is each mean's, the second's turned about; the other mean is a
    // constant that its own centre takes away.
    let tails = BCa(
      estimate: meanA - meanB,
      jackknife: [jackknife(a, .mean), jackknife(b, .mean)?.map { -$0 }]
    )
    .tails(
      level: level, distribution,
      tolerance: roundingTolerance(a.largestMagnitude + b.largestMagnitude))
    return tails.flatMap { distribution.interval($0, $1) }
  }
}

/// The difference of means of all pairs of resamples where they are few, or of as many as are asked
/// for.
private func differences(
  _ a: [Double], _ b: [Double], resamples: Int, seed: UInt64
) -> [ResampleDistribution.Entry] {
  guard let countA = Multisets.count(a.count), let countB = Multisets.count(b.count),
    countA * countB <= Multisets.limit
  else {
    var generator = Xoshiro256(seed: seed)
    return SampledResamples.means([a, b], count: resamples, &generator) { $0[0] - $0[1] }
  }
  let meansB = Multisets.means(b)
  return Multisets.means(a).flatMap { left in
    meansB.map { .init(value: left.value - $0.value, weight: left.weight * $0.weight) }
  }
}
