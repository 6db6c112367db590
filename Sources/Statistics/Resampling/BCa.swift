/// The bias correction and acceleration of a bootstrap interval, by the formula given at
/// `bootstrapInterval`.
///
/// B. Efron and R. J. Tibshirani (1993), "An Introduction to the Bootstrap", sections 14.3 and
/// 15.4.
struct BCa {
  /// The statistic of the whole data.
  let estimate: Double
  /// Of each sample, the statistic without each of its values; nil where there is none.
  let jackknife: [[Double]?]

  /// The shares of resamples below the lower and the upper end.
  func tails(level: Double, _ distribution: ResampleDistribution, tolerance: Double)
    -> (Double, Double)?
  {
    let share = distribution.share(below: estimate, tolerance: tolerance)
    guard let bias = normalQuantile(share), let acceleration,
      let z = normalQuantile((1 - level) / 2)
    else { return nil }
    func moved(_ z: Double) -> Double {
      let sum = bias + z
      return normalCDF(bias + sum / (1 - acceleration * sum))
    }
    let tails = (moved(z), moved(-z))
    return tails.0.isFinite && tails.1.isFinite ? tails : nil
  }

  /// a = ⅙·Σⱼ(Σᵢ Uⱼᵢ³ / nⱼ³) / (Σⱼ Σᵢ Uⱼᵢ² / nⱼ²)^(3/2), over the samples j; without unit, so that
  /// the values may be scaled.
  private var acceleration: Double? {
    var influences: [[Double]] = []
    for values in jackknife {
      guard let values, let center = mean(values) else { return nil }
      influences.append(
        values.map { (center - $0) * Double(values.count - 1) / Double(values.count) })
    }
    let largest = influences.reduce(0) { max($0, $1.largestMagnitude) }
    guard largest > 0, largest.isFinite else { return nil }
    var cubes = 0.0
    var squares = 0.0
    for influence in influences.joined() {
      let u = influence / largest
      squares += u * u
      cubes += u * u * u
    }
    return cubes / (6 * squares * squares.squareRoot())
  }
}

/// The statistic without each value in turn.
func jackknife(_ values: [Double], _ statistic: BootstrapStatistic) -> [Double]? {
  var result: [Double] = []
  for index in values.indices {
    var others = values
    others.remove(at: index)
    guard let value = statistic(others), value.isFinite else { return nil }
    result.append(value)
  }
  return result
}
