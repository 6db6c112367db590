/// Integrals by Gauss and Legendre's rule with 16 points.
///
/// Source: M. Abramowitz and I. A. Stegun (1964), "Handbook of Mathematical Functions", 25.4.29.
enum GaussLegendre {
  /// The positive points and their weights; the rule is symmetric.
  private static let points: [(place: Double, weight: Double)] = (1...8).map { index in
    let order = 16
    var x = cosine(.pi * (Double(index) - 0.25) / (Double(order) + 0.5))
    var slope = 1.0
    // Newton's method on the Legendre polynomial, from its recurrence.
    for _ in 0..<10 {
      var (previous, current) = (1.0, x)
      for degree in 2...order {
        let k = Double(degree)
        (previous, current) = (current, ((2 * k - 1) * x * current - (k - 1) * previous) / k)
      }
      slope = Double(order) * (x * current - previous) / (x * x - 1)
      x -= current / slope
    }
    return (x, 2 / ((1 - x * x) * slope * slope))
  }

  /// The integral between two bounds, in equal panels.
  static func integral(from low: Double, to high: Double, panels: Int, _ f: (Double) -> Double)
    -> Double
  {
    guard high > low else { return 0 }
    let half = (high - low) / Double(2 * panels)
    var sum = 0.0
    for panel in 0..<panels {
      let center = low + Double(2 * panel + 1) * half
      for point in points {
        sum += point.weight * (f(center - half * point.place) + f(center + half * point.place))
      }
    }
    return sum * half
  }
}
