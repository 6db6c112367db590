/// The distribution function of the standard normal distribution, Φ(x) = ½·erfc(−x/√2), as
/// `scipy.special.ndtr`.
///
/// - Returns: NaN of NaN; 0 and 1 of the infinities.
public func normalCDF(_ x: Double) -> Double {
  0.5 * complementaryErrorFunction(-x * 0.5.squareRoot())
}

/// The quantile of the standard normal distribution: the x where Φ(x) = p, as
/// `scipy.special.ndtri`.
///
/// A first value from formula 26.2.23 of M. Abramowitz and I. A. Stegun (1964), "Handbook of
/// Mathematical Functions", then Halley's iteration on Φ(x) − p.
///
/// - Returns: nil unless 0 < p < 1.
public func normalQuantile(_ p: Double) -> Double? {
  guard isShare(p) else { return nil }
  return p < 0.5 ? lowerNormalQuantile(p) : -lowerNormalQuantile(1 - p)
}

/// The quantile for 0 < p ≤ ½. (1 − p above is exact for p ≥ ½.)
private func lowerNormalQuantile(_ p: Double) -> Double {
  if p == 0.5 { return 0 }
  let t = (-2 * logarithm(p)).squareRoot()
  let numerator = 2.515517 + t * (0.802853 + t * 0.010328)
  let denominator = 1 + t * (1.432788 + t * (0.189269 + t * 0.001308))
  var x = numerator / denominator - t
  for _ in 0..<3 {
    let density = exponential(-x * x / 2) / (2 * Double.pi).squareRoot()
    guard density > 0 else { break }
    let error = (normalCDF(x) - p) / density
    x -= error / (1 + x * error / 2)
  }
  return x
}
