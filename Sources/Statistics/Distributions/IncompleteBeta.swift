/// The regularized incomplete beta function Iₓ(a, b) for positive a and b and x in 0...1.
///
/// The continued fraction 26.5.8 of M. Abramowitz and I. A. Stegun (1964), "Handbook of
/// Mathematical Functions", by W. J. Lentz's method (1976, "Generating Bessel functions in Mie
/// scattering calculations using continued fractions", Applied Optics 15).
///
/// - Parameter complement: 1 − x, where the caller knows it more exactly than the difference would
///   be.
func regularizedIncompleteBeta(_ x: Double, complement: Double, _ a: Double, _ b: Double) -> Double
{
  if x <= 0 { return 0 }
  if complement <= 0 { return 1 }
  // The fraction converges fast on one side of the mean; the other is its mirror.
  if x > (a + 1) / (a + b + 2) {
    return 1 - regularizedIncompleteBeta(complement, complement: x, b, a)
  }
  let front =
    logarithmOfGamma(a + b) - logarithmOfGamma(a) - logarithmOfGamma(b)
    + a * logarithm(x) + b * logarithm(complement)
  return exponential(front) * betaFraction(x, a, b) / a
}

private func betaFraction(_ x: Double, _ a: Double, _ b: Double) -> Double {
  func awayFromZero(_ value: Double) -> Double { abs(value) < 1e-300 ? 1e-300 : value }
  var c = 1.0
  var d = 1 / awayFromZero(1 - (a + b) * x / (a + 1))
  var fraction = d
  for step in 1...10_000 {
    let m = Double(step)
    let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
    d = 1 / awayFromZero(1 + even * d)
    c = awayFromZero(1 + even / c)
    fraction *= d * c
    let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 / awayFromZero(1 + odd * d)
    c = awayFromZero(1 + odd / c)
    fraction *= d * c
    if abs(d * c - 1) < 1e-16 { break }
  }
  return fraction
}
