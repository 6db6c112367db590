/// A statistic of every resample: values, and how many resamples gave each.
struct ResampleDistribution {
  /// One value of the statistic.
  struct Entry {
    var value: Double
    var weight: Int
  }

  let entries: [Entry]
  /// How many resamples there are.
  let total: Int

  /// - Returns: nil where there is none or a statistic is not finite.
  init?(_ entries: [Entry]) {
    guard !entries.isEmpty, entries.allSatisfy({ $0.value.isFinite }) else { return nil }
    self.entries = entries
    total = entries.reduce(0) { $0 + $1.weight }
  }

  /// The quantile of all resamples, by ``quantile(_:_:)``'s rule.
  func quantile(_ q: Double) -> Double {
    let position = QuantilePosition(q, count: total)
    let low = value(at: position.lower)
    return position.between(
      low, position.upper == position.lower ? low : next(after: low, position))
  }

  /// The value at the upper rank: the same as at the lower one, or the least above it.
  private func next(after low: Double, _ position: QuantilePosition) -> Double {
    var weight = 0
    var least = Double.infinity
    for entry in entries {
      if entry.value <= low { weight += entry.weight } else { least = min(least, entry.value) }
    }
    return weight > position.upper ? low : least
  }

  /// The quantiles at two shares.
  func interval(_ low: Double, _ high: Double) -> ConfidenceInterval? {
    ConfidenceInterval(finite: quantile(low), quantile(high))
  }

  /// The share of resamples below a value, those that tie with it by half.
  func share(below value: Double, tolerance: Double) -> Double {
    var twice = 0
    for entry in entries {
      if entry.value < value - tolerance {
        twice += 2 * entry.weight
      } else if entry.value <= value + tolerance {
        twice += entry.weight
      }
    }
    return Double(twice) / Double(2 * total)
  }
}
