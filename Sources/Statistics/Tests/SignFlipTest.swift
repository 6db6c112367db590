/// The paired permutation test of the mean: could the differences of pairs as well have had the
/// other signs? Two-sided, as `scipy.stats.permutation_test((differences,), numpy.mean,
/// permutation_type='samples')`.
///
/// p = min(1, 2·min(P(d̄* ≤ d̄), P(d̄* ≥ d̄))) over the choices of signs. All 2ⁿ are looked at up
/// to 16 differences; above, `resamples` are drawn, one bit of xoshiro256** for each sign (lowest
/// first, 64 to a word, new words for each choice), and p = (count + 1) / (resamples + 1) for each
/// tail. Means that differ by rounding alone count as equal.
///
/// Sources: R. A. Fisher (1935), "The Design of Experiments", section 21; M. D. Ernst (2004),
/// "Permutation methods: a basis for exact inference", Statistical Science 19.
///
/// - Returns: Nil for fewer than two differences (as SciPy refuses them), where one is not finite,
///   or for a number of resamples outside 1...10,000,000. Where all are 0: p 1. `statistic` is the
///   mean difference.
public func signFlipTest(_ differences: [Double], resamples: Int = 9_999, seed: UInt64 = 0)
  -> TestResult?
{
  guard differences.count > 1, (1...resampleLimit).contains(resamples),
    let center = mean(differences)
  else { return nil }
  let values = differences.scaledNearOne.values
  let observed = values.reduce(0, +)
  var tally = RandomizationTally(
    observed: observed, reference: observed, sumOfMagnitudes: values.reduce(0) { $0 + abs($1) })
  let isExact = values.count <= 16
  if isExact {
    addAllSigns(of: values, to: &tally)
  } else {
    addSampledSigns(of: values, count: resamples, Xoshiro256(seed: seed), to: &tally)
  }
  return TestResult(
    statistic: center, pValue: tally.pValue(isExact: isExact),
    nullDistribution: isExact ? .exact : .sampled, count: differences.count)
}

/// The sums with all choices of signs: those of the first half and those of the second, put
/// together.
private func addAllSigns(of values: [Double], to tally: inout RandomizationTally) {
  func sums(_ values: ArraySlice<Double>) -> [Double] {
    values.reduce([0]) { sums, value in sums.flatMap { [$0 - value, $0 + value] } }
  }
  let right = sums(values.dropFirst(values.count / 2))
  for left in sums(values.prefix(values.count / 2)) {
    for sum in right { tally.add(left + sum) }
  }
}

private func addSampledSigns(
  of values: [Double], count: Int, _ generator: Xoshiro256, to tally: inout RandomizationTally
) {
  var generator = generator
  for _ in 0..<count {
    var sum = 0.0
    for start in stride(from: 0, to: values.count, by: 64) {
      var bits = generator.next()
      for value in values[start..<min(start + 64, values.count)] {
        // The bit is the sign's: a branch on it would be mispredicted every other time.
        sum += Double(bitPattern: value.bitPattern ^ (bits & 1) << 63)
        bits >>= 1
      }
    }
    tally.add(sum)
  }
}
