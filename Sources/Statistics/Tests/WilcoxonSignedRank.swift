/// Wilcoxon's signed-rank test of paired differences: are they spread evenly about 0? Two-sided, as
/// `scipy.stats.wilcoxon(differences)` with its defaults.
///
/// Zeros are left out; the others are ranked by size, ties sharing their mean rank. With R⁺ and R⁻
/// the sums of the ranks of positive and of negative differences, the statistic is min(R⁺, R⁻), and
/// p = min(1, 2·min(P(R ≤ R⁺), P(R ≥ R⁺))) over the 2ⁿ equally likely choices of signs. All are
/// counted where there is neither a tie nor a zero among up to 50 differences, or where there are
/// up to 13 at all. Otherwise p = 2·Φ(−|z|), z = (R⁺ − n(n+1)/4) / √((n(n+1)(2n+1) − ½Σ(t³ − t)) /
/// 24) over groups of t ties, without a correction for continuity.
///
/// Sources: F. Wilcoxon (1945), "Individual comparisons by ranking methods", Biometrics Bulletin 1;
/// W. J. Conover (1999), "Practical Nonparametric Statistics", section 5.7, for the ties.
///
/// - Returns: Nil for no difference or where one is not finite. Where all are 0: statistic 0 and p
///   1 (of which SciPy makes NaN for more than 13). Of one other: statistic 0 and p 1. `count` is
///   that of the differences other than 0.
public func wilcoxonSignedRank(_ differences: [Double]) -> TestResult? {
  guard !differences.isEmpty, differences.areFinite else { return nil }
  let others = differences.filter { $0 != 0 }
  let ranks = Ranks(others.map(abs))
  let total = ranks.doubled.reduce(0, +)
  let positive = zip(others, ranks.doubled).reduce(0) { $1.0 > 0 ? $0 + $1.1 : $0 }

  let isPlain = others.count == differences.count && !ranks.hasTies
  let isExact = differences.count <= (isPlain ? 50 : 13) || others.isEmpty
  let pValue =
    isExact
    ? exactSignedRankP(ranks, positive: positive, total: total)
    : normalSignedRankP(ranks, positive: positive)
  return TestResult(
    statistic: Double(min(positive, total - positive)) / 2, pValue: pValue,
    nullDistribution: isExact ? .exact : .normal, count: others.count)
}

/// Counts the choices of signs by their sums of doubled ranks.
private func exactSignedRankP(_ ranks: Ranks, positive: Int, total: Int) -> Double {
  // The distribution is its own mirror: the smaller of the two tails is the one from 0.
  let end = min(positive, total - positive)
  var choices = [Double](repeating: 0, count: total + 1)
  choices[0] = 1
  var reach = 0
  for rank in ranks.doubled {
    reach += rank
    for sum in stride(from: reach, through: rank, by: -1) { choices[sum] += choices[sum - rank] }
  }
  // Up to 2⁵⁰ of them: whole numbers that a Double holds.
  let all = Double(sign: .plus, exponent: ranks.doubled.count, significand: 1)
  return min(1, 2 * choices[...end].reduce(0, +) / all)
}

private func normalSignedRankP(_ ranks: Ranks, positive: Int) -> Double {
  let n = Double(ranks.doubled.count)
  let ties = ranks.tieSizes.reduce(0.0) { sum, size in
    let t = Double(size)
    return sum + (t * t * t - t)
  }
  let deviation = ((n * (n + 1) * (2 * n + 1) - ties / 2) / 24).squareRoot()
  let z = (Double(positive) / 2 - n * (n + 1) / 4) / deviation
  return min(1, 2 * normalCDF(-abs(z)))
}
