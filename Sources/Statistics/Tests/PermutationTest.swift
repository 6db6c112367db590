/// The permutation test of two independent samples' means: could their values as well have been
/// dealt out the other way? Two-sided, as `scipy.stats.permutation_test((a, b), mean(a) − mean(b),
/// permutation_type='independent')`.
///
/// p = min(1, 2·min(P(δ* ≤ δ), P(δ* ≥ δ))) over the ways to deal, δ being the difference of means.
/// All C(n + m, n) are looked at where they are no more than 200,000 (ten against ten); above,
/// `resamples` are drawn (the first n or, where b is the smaller, m places of a Fisher-Yates
/// shuffle by xoshiro256**, each going on from the last), and p = (count + 1) / (resamples + 1) for
/// each tail. Differences that differ by rounding alone count as equal.
///
/// Sources: E. J. G. Pitman (1937), "Significance tests which may be applied to samples from any
/// populations", Supplement to the Journal of the Royal Statistical Society 4; M. D. Ernst (2004),
/// "Permutation methods: a basis for exact inference", Statistical Science 19.
///
/// - Returns: Nil where a sample has fewer than two values (as SciPy refuses them) or one that is
///   not finite, or for a number of resamples outside 1...10,000,000. Where all values are the
///   same: p 1. `statistic` is mean(a) − mean(b).
public func permutationTest(
  _ a: [Double], _ b: [Double], resamples: Int = 9_999, seed: UInt64 = 0
) -> TestResult? {
  guard a.count > 1, b.count > 1, (1...resampleLimit).contains(resamples), let meanA = mean(a),
    let meanB = mean(b), (meanA - meanB).isFinite
  else { return nil }
  let deal = Deal(a, b)
  var tally = deal.tally
  let isExact = binomial(a.count + b.count, a.count, limit: 200_000) != nil
  if isExact {
    deal.addAll(to: &tally)
  } else {
    deal.addSampled(resamples, Xoshiro256(seed: seed), to: &tally)
  }
  return TestResult(
    statistic: meanA - meanB, pValue: tally.pValue(isExact: isExact),
    nullDistribution: isExact ? .exact : .sampled, count: a.count + b.count)
}

/// The values of both samples about their common mean, the smaller sample's first. The difference
/// of means grows with the sum of one sample, S·(1/n + 1/m) − T/m, so that sums are enough to
/// compare.
private struct Deal {
  private let values: [Double]
  private let size: Int
  let tally: RandomizationTally

  init(_ a: [Double], _ b: [Double]) {
    let (small, large) = a.count <= b.count ? (a, b) : (b, a)
    let scaled = (small + large).scaledNearOne.values
    let center = mean(scaled) ?? 0
    let values = scaled.map { $0 - center }
    let own = values.prefix(small.count).reduce(0, +)
    let other = values.dropFirst(small.count).reduce(0, +)
    let (n, m) = (Double(small.count), Double(large.count))
    tally = RandomizationTally(
      observed: own, reference: (own / n - other / m) / (1 / n + 1 / m),
      sumOfMagnitudes: scaled.reduce(0) { $0 + abs($1) })
    self.values = values
    size = small.count
  }

  func addAll(to tally: inout RandomizationTally) {
    func choose(_ left: Int, from start: Int, sum: Double, _ tally: inout RandomizationTally) {
      if left == 1 {
        for index in start..<values.count { tally.add(sum + values[index]) }
        return
      }
      for index in start...(values.count - left) {
        choose(left - 1, from: index + 1, sum: sum + values[index], &tally)
      }
    }
    choose(size, from: 0, sum: 0, &tally)
  }

  func addSampled(
    _ count: Int, _ generator: Xoshiro256, to tally: inout RandomizationTally
  ) {
    var generator = generator
    var values = values
    for _ in 0..<count {
      var sum = 0.0
      for place in 0..<size {
        values.swapAt(place, place + generator.index(below: values.count - place))
        sum += values[place]
      }
      tally.add(sum)
    }
  }
}
