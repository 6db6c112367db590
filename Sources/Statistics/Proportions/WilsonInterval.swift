/// Wilson's score interval of a proportion, as `statsmodels.stats.proportion.proportion_confint`
/// with `method='wilson'`.
///
/// (p̂ + z²/2n ± z·√(p̂(1 − p̂)/n + z²/4n²)) / (1 + z²/n), p̂ the share of successes and z the
/// normal quantile at (1 + level)/2; never outside 0...1, and 0 and 1 themselves where no or every
/// trial is a success.
///
/// Source: E. B. Wilson (1927), "Probable inference, the law of succession, and statistical
/// inference", Journal of the American Statistical Association 22.
///
/// - Returns: Nil for no trials, for successes outside 0...trials, or a level that is not between 0
///   and 1.
public func wilsonInterval(successes: Int, trials: Int, level: Double = 0.95)
  -> ConfidenceInterval?
{
  guard trials > 0, (0...trials).contains(successes), isShare(level),
    let z = normalQuantile((1 - level) / 2).map({ -$0 })
  else { return nil }
  let n = Double(trials)
  let share = Double(successes) / n
  let denominator = 1 + z * z / n
  let center = (share + z * z / (2 * n)) / denominator
  let half =
    z * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot() / denominator
  return ConfidenceInterval(
    low: successes == 0 ? 0 : max(0, center - half),
    high: successes == trials ? 1 : min(1, center + half))
}
