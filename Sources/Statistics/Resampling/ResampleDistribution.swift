/// A statistic of every resample: values, and how many resamples gave each.
struct ResampleDistribution {
  /// One value of the statistic.
  struct Entry {
    var value: Double
    var weight: Int
  }

  private(set) var entries: [Entry]
  /// How many resamples there are.
  let total: Int

  /// - Returns: nil where there is none or a statistic is not finite.
  init?(_ entries: [Entry]) {
    guard !entries.isEmpty, entries.allSatisfy({ $0.value.isFinite }) else { return nil }
    self.entries = entries
    total = entries.reduce(0) { $0 + $1.weight }
  }

  /// The quantile of all resamples, by ``quantile(_:_:)``'s rule.
  mutating func quantile(_ q: Double) -> Double {
    let position = QuantilePosition(q, count: total)
    let low = entries.selectValue(rank: position.lower)
    let high = position.upper == position.lower ? low : entries.selectValue(rank: position.upper)
    return position.between(low, high)
  }

  /// The quantiles at two shares.
  mutating func interval(_ low: Double, _ high: Double) -> ConfidenceInterval? {
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

extension [ResampleDistribution.Entry] {
  /// The value at a rank among all, each counted as often as it weighs; moves entries about.
  ///
  /// C. A. R. Hoare (1961), "Algorithm 65: Find", with three parts (smaller, equal, greater), so that many
  /// equal values cost no more.
  fileprivate mutating func selectValue(rank: Int) -> Double {
    withUnsafeMutableBufferPointer { entries in
      var low = 0
      var high = entries.count
      var rank = rank
      while high - low > 1 {
        let pivot = middle(
          entries[low].value, entries[low + (high - low) / 2].value, entries[high - 1].value)
        var smaller = low
        var next = low
        var greater = high
        var weightBelow = 0
        var weightEqual = 0
        while next < greater {
          let entry = entries[next]
          if entry.value < pivot {
            weightBelow += entry.weight
            entries.swapAt(smaller, next)
            smaller += 1
            next += 1
          } else if entry.value > pivot {
            greater -= 1
            entries.swapAt(next, greater)
          } else {
            weightEqual += entry.weight
            next += 1
          }
        }
        if rank < weightBelow {
          high = smaller
        } else if rank < weightBelow + weightEqual {
          return pivot
        } else {
          rank -= weightBelow + weightEqual
          low = greater
        }
      }
      return entries[Swift.min(low, entries.count - 1)].value
    }
  }
}

private func middle(_ a: Double, _ b: Double, _ c: Double) -> Double {
  max(min(a, b), min(max(a, b), c))
}
