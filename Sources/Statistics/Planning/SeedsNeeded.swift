/// How many seeds a two-sided t-test would need to show a difference: the least number of pairs, or
/// of values in each of two groups, with the power that is asked for. As `solve_power` of
/// statsmodels' `TTestPower` and `TTestIndPower`, rounded up.
///
/// The least n with ``tTestPower(effect:count:paired:alpha:)`` ≥ power. Where n is above 100,000, t
/// and normal distribution are as good as the same, and n = k·(z₁₋α/₂ + z_power)² / d² + z₁₋α/₂² /
/// 2k, k = 1 for pairs and 2 for groups.
///
/// Source: J. Cohen (1988), "Statistical Power Analysis for the Behavioral Sciences", chapter 2;
/// for large n W. C. Guenther (1981), "Sample size formulas for normal theory t tests", The
/// American Statistician 35.
///
/// - Parameters:
///   - difference: The difference of means that one wants to show.
///   - standardDeviation: That of the pairs' differences; of two groups, that within a group.
///   - paired: Whether the runs are compared pair by pair.
/// - Returns: At least 2, and 2 where there is a difference and no deviation. Nil where the
///   difference is 0, where an argument is not finite, the deviation negative, `power` or `alpha`
///   not between 0 and 1, `power` not above `alpha` or above 0.999999; and where more than 10¹⁵ are
///   needed.
public func seedsNeeded(
  difference: Double, standardDeviation: Double, paired: Bool, power: Double = 0.8,
  alpha: Double = 0.05
) -> Int? {
  guard difference.isFinite, difference != 0, standardDeviation.isFinite, standardDeviation >= 0,
    isShare(alpha), power > alpha, power <= 0.999_999
  else { return nil }
  let effect = abs(difference) / standardDeviation
  guard effect.isFinite else { return 2 }
  guard let guess = normalCount(effect, paired: paired, power: power, alpha: alpha) else {
    return nil
  }
  if guess > 100_000 { return Int(guess.rounded(.up)) }

  func suffices(_ count: Int) -> Bool {
    (tTestPower(effect: effect, count: count, paired: paired, alpha: alpha) ?? 0) >= power
  }
  var count = max(2, Int(guess))
  if suffices(count) {
    while count > 2 && suffices(count - 1) { count -= 1 }
    return count
  }
  // The guess is at most a few off; where `alpha` is minute, some more.
  return (count + 1...count + 10_000).first(where: suffices)
}

/// The number by the normal distribution with Guenther's correction, not rounded.
private func normalCount(_ effect: Double, paired: Bool, power: Double, alpha: Double) -> Double? {
  guard let tail = normalQuantile(alpha / 2), let other = normalQuantile(power) else { return nil }
  let sum = other - tail
  let root = sum / effect
  let count = (paired ? 1 : 2) * root * root + tail * tail / (paired ? 2 : 4)
  return count <= 1e15 ? count : nil
}
