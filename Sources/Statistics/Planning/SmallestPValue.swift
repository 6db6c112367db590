/// The least two-sided p-value that Wilcoxon's signed-rank test or the sign-flip test of so many
/// pairs can give, 2 / 2ⁿ: with all differences on one side. (Sampled, above 16 pairs, the
/// sign-flip test gives no less than 2 / (resamples + 1).)
///
/// Source: E. S. Edgington and P. Onghena (2007), "Randomization Tests", chapter 5.
///
/// - Returns: 1 for one pair; nil for none.
public func smallestPossiblePValue(pairs: Int) -> Double? {
  guard pairs > 0 else { return nil }
  return min(1, Double(sign: .plus, exponent: 1 - min(pairs, 1_000), significand: 1))
}

/// The least two-sided p-value that the permutation test of two groups can give, 2 / C(n + m, n):
/// with the groups entirely apart. (Sampled, above 200,000 ways to deal, the test gives no less
/// than 2 / (resamples + 1).)
///
/// Source: E. S. Edgington and P. Onghena (2007), "Randomization Tests", chapter 4.
///
/// - Returns: Nil where a group is empty.
public func smallestPossiblePValue(groups first: Int, _ second: Int) -> Double? {
  guard first > 0, second > 0 else { return nil }
  let (small, large) = (Double(min(first, second)), Double(max(first, second)))
  var ways = 1.0
  var step = 1.0
  while step <= small && ways < 1e300 {
    ways *= (large + step) / step
    step += 1
  }
  return min(1, 2 / ways)
}

/// The fewest pairs whose differences, all on one side, give a p-value of at most `alpha`: 6 for
/// 0.05.
///
/// - Returns: Nil unless `alpha` is between 0 and 1.
public func fewestPairs(alpha: Double = 0.05) -> Int? {
  guard isShare(alpha) else { return nil }
  return (1...1_100).first { smallestPossiblePValue(pairs: $0).map { $0 <= alpha } ?? false }
}

/// The fewest values in each of two groups that, entirely apart, give a p-value of at most `alpha`:
/// 4 for 0.05.
///
/// - Returns: Nil unless `alpha` is between 0 and 1.
public func fewestPerGroup(alpha: Double = 0.05) -> Int? {
  guard isShare(alpha) else { return nil }
  return (1...1_100).first {
    smallestPossiblePValue(groups: $0, $0).map { $0 <= alpha } ?? false
  }
}
