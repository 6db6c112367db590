/// The quantile of Student's t distribution: the t where P(T ≤ t) = p, as `scipy.stats.t.ppf`.
///
/// P(T > t) = ½·Iₓ(ν/2, ½) with x = ν/(ν + t²) (26.7.1 of M. Abramowitz and I. A. Stegun 1964,
/// "Handbook of Mathematical Functions"), solved by Newton's method kept between bounds.
///
/// - Parameter degreesOfFreedom: ν, any positive number.
/// - Returns: nil unless 0 < p < 1 and ν is positive and finite, and where t is beyond ±10¹⁵⁰.
public func tQuantile(_ p: Double, degreesOfFreedom: Double) -> Double? {
  guard isShare(p), degreesOfFreedom > 0, degreesOfFreedom.isFinite else { return nil }
  if p == 0.5 { return 0 }
  if p > 0.5 { return StudentT(degreesOfFreedom).upperQuantile(tail: 1 - p) }
  return StudentT(degreesOfFreedom).upperQuantile(tail: p).map { -$0 }
}

/// Student's t distribution, in its upper half.
struct StudentT {
  private let nu: Double
  private let logDensityAtZero: Double

  init(_ degreesOfFreedom: Double) {
    nu = degreesOfFreedom
    logDensityAtZero =
      logarithmOfGamma((nu + 1) / 2) - logarithmOfGamma(nu / 2) - 0.5 * logarithm(nu * .pi)
  }

  /// P(T > t) of a positive t.
  func upperTail(_ t: Double) -> Double {
    let square = t * t / nu
    return 0.5
      * regularizedIncompleteBeta(
        1 / (1 + square), complement: square / (1 + square), nu / 2, 0.5)
  }

  private func density(_ t: Double) -> Double {
    exponential(logDensityAtZero - (nu + 1) / 2 * logarithmOfOnePlus(t * t / nu))
  }

  /// The t above which `tail` of the distribution is; 0 < tail < ½.
  ///
  /// - Returns: nil where t is above 10¹⁵⁰, as with ν = 0.001.
  func upperQuantile(tail: Double) -> Double? {
    var low = 0.0
    var high = 2.0
    while upperTail(high) > tail {
      low = high
      high *= 2
      guard high < 1e150 else { return nil }
    }
    var t = min(max(-(normalQuantile(tail) ?? 0), low), high)
    for _ in 0..<200 {
      let excess = upperTail(t) - tail
      if excess > 0 { low = t } else { high = t }
      let slope = density(t)
      var next = slope > 0 ? t + excess / slope : .nan
      if !(next > low && next < high) { next = low + (high - low) / 2 }
      if abs(next - t) <= 2 * t.ulp { return next }
      t = next
    }
    return t
  }
}
