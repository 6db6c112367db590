/// The power of a two-sided t-test: the chance that it shows a difference that there is, as
/// `statsmodels.stats.power.TTestPower` (paired) and `TTestIndPower` (two groups of the same size).
///
/// P(|T′| > t) with T′ noncentral t of ν degrees of freedom and noncentrality δ, t the central
/// quantile at 1 − α/2. Paired: ν = n − 1, δ = d·√n; two groups: ν = 2n − 2, δ = d·√(n/2). As the
/// integral over the standard deviation s of Φ(δ − t·s) + Φ(−δ − t·s) times the density of s =
/// √(χ²_ν / ν).
///
/// Sources: J. Cohen (1988), "Statistical Power Analysis for the Behavioral Sciences", chapter 2;
/// B. L. Welch and N. L. Johnson (1940), "Applications of the non-central t-distribution",
/// Biometrika 31.
///
/// - Parameters:
///   - effect: d, the difference in standard deviations (of the pairs' differences, or within the
///     groups).
///   - count: n, the pairs, or the values of each group.
/// - Returns: Nil for fewer than two, an effect that is not finite, or an `alpha` that is not
///   between 0 and 1.
public func tTestPower(effect: Double, count: Int, paired: Bool, alpha: Double = 0.05) -> Double? {
  guard count > 1, effect.isFinite, isShare(alpha) else { return nil }
  let n = Double(count)
  let nu = paired ? n - 1 : 2 * n - 2
  let noncentrality = abs(effect) * (paired ? n : n / 2).squareRoot()
  guard noncentrality.isFinite else { return 1 }
  guard let critical = StudentT(nu).upperQuantile(tail: alpha / 2) else { return nil }
  return NoncentralT(nu: nu, noncentrality: noncentrality).beyond(critical)
}

private struct NoncentralT {
  let nu: Double
  let noncentrality: Double

  /// P(|T′| > t) of a positive t.
  func beyond(_ t: Double) -> Double {
    let logScale = logarithm(2) + nu / 2 * logarithm(nu / 2) - logarithmOfGamma(nu / 2)
    func integrand(_ s: Double) -> Double {
      let density = exponential(logScale + (nu - 1) * logarithm(s) - nu * s * s / 2)
      return density * (normalCDF(noncentrality - t * s) + normalCDF(-noncentrality - t * s))
    }
    // Where s is at all: about 1, with a standard deviation of about 1 / √2ν.
    let reach = 10 / (2 * nu).squareRoot()
    let (least, most) = (max(0, 1 - reach), 1 + reach)
    // Where Φ rises from 0 to 1, which may be steep: panels of its own.
    func inside(_ s: Double) -> Double { min(max(s, least), most) }
    let cuts = [
      least, inside((noncentrality - 9) / t), inside((noncentrality + 9) / t), most,
    ]
    let power = zip(cuts, cuts.dropFirst()).reduce(0) { sum, piece in
      sum + GaussLegendre.integral(from: piece.0, to: piece.1, panels: 6, integrand)
    }
    return min(1, power)
  }
}
