extension ResampleDistribution {
  /// The value at a rank, each value counted as often as it weighs.
  ///
  /// The values are counted into buckets of the same width between the least and the greatest; only
  /// the bucket with the rank is looked into, in the same way, until it is small enough to sort.
  /// Each pass leaves the least or the greatest out, mostly all but a thousandth. (Distribution
  /// sort, D. E. Knuth 1998, "The Art of Computer Programming", volume 3, section 5.2. A whole
  /// interval takes a third of the time that it took with partitions, which mispredict every other
  /// branch.)
  func value(at rank: Int) -> Double {
    var candidates = entries
    var rank = rank
    while candidates.count > 32, let buckets = Buckets(candidates) {
      if buckets.isOneValue { return candidates[0].value }
      let found = buckets.bucket(at: rank, among: candidates)
      rank -= found.weightBelow
      candidates = candidates.filter { buckets.index($0.value) == found.index }
    }
    candidates.sort { $0.value < $1.value }
    for candidate in candidates {
      if rank < candidate.weight { return candidate.value }
      rank -= candidate.weight
    }
    return candidates.last?.value ?? .nan
  }
}

/// Ranges of the same width, from the least value to the greatest.
private struct Buckets {
  private static let count = 1_024
  private let least: Double
  private let greatest: Double
  private let bucketsPerUnit: Double

  /// - Returns: Nil where the values are too far apart, or too near, for a number to say how far.
  init?(_ entries: [ResampleDistribution.Entry]) {
    var least = Double.infinity
    var greatest = -Double.infinity
    for entry in entries {
      least = min(least, entry.value)
      greatest = max(greatest, entry.value)
    }
    self.least = least
    self.greatest = greatest
    bucketsPerUnit = Double(Self.count - 1) / (greatest - least)
    guard isOneValue || (bucketsPerUnit.isFinite && bucketsPerUnit > 0) else { return nil }
  }

  var isOneValue: Bool { least == greatest }

  /// Grows with the value, from 0 for the least; the greatest is in the last or the one before it.
  @inline(__always)
  func index(_ value: Double) -> Int { Int((value - least) * bucketsPerUnit) }

  func bucket(at rank: Int, among entries: [ResampleDistribution.Entry])
    -> (index: Int, weightBelow: Int)
  {
    withUnsafeTemporaryAllocation(of: Int.self, capacity: Self.count + 1) { weights in
      weights.initialize(repeating: 0)
      for entry in entries { weights[index(entry.value)] += entry.weight }
      var below = 0
      var bucket = 0
      while bucket < Self.count && below + weights[bucket] <= rank {
        below += weights[bucket]
        bucket += 1
      }
      return (bucket, below)
    }
  }
}
