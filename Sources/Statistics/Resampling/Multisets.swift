/// The resamples of n values with replacement, each distinct one once: as a multiset, with the
/// number of the n^n equally likely draws that give it, n! / (k₁!·…·kₙ!).
enum Multisets {
  /// Up to how many distinct resamples are looked at one by one; more are sampled.
  static let limit = 20_000

  /// How many distinct resamples n values have, C(2n − 1, n); nil where they are more than
  /// ``limit``.
  static func count(_ n: Int) -> Int? {
    guard n > 0 else { return nil }
    return binomial(2 * n - 1, n, limit: limit)
  }

  /// The mean of each distinct resample.
  static func means(_ values: [Double]) -> [ResampleDistribution.Entry] {
    let n = values.count
    var entries: [ResampleDistribution.Entry] = []
    entries.reserveCapacity(count(n) ?? 0)
    func visit(_ index: Int, left: Int, ways: Int, sum: Double) {
      if index == n - 1 || left == 0 {
        let total = left == 0 ? sum : sum + Double(left) * values[index]
        entries.append(.init(value: total / Double(n), weight: ways))
        return
      }
      var choices = ways
      for copies in 0...left {
        visit(
          index + 1, left: left - copies, ways: choices, sum: sum + Double(copies) * values[index])
        // C(left, copies + 1) from C(left, copies).
        choices = choices * (left - copies) / (copies + 1)
      }
    }
    visit(0, left: n, ways: 1, sum: 0)
    return entries
  }

  /// A statistic of each distinct resample; nil as soon as it has none.
  static func statistics(_ values: [Double], _ statistic: ([Double]) -> Double?)
    -> [ResampleDistribution.Entry]?
  {
    let n = values.count
    var entries: [ResampleDistribution.Entry] = []
    entries.reserveCapacity(count(n) ?? 0)
    var resample = values
    func visit(_ index: Int, left: Int, ways: Int) -> Bool {
      if index == n - 1 || left == 0 {
        for place in n - left..<n { resample[place] = values[index] }
        guard let value = statistic(resample) else { return false }
        entries.append(.init(value: value, weight: ways))
        return true
      }
      var choices = ways
      for copies in 0...left {
        for place in n - left..<n - left + copies { resample[place] = values[index] }
        guard visit(index + 1, left: left - copies, ways: choices) else { return false }
        choices = choices * (left - copies) / (copies + 1)
      }
      return true
    }
    return visit(0, left: n, ways: 1) ? entries : nil
  }
}

/// C(n, k), or nil where it is more than a limit.
func binomial(_ n: Int, _ k: Int, limit: Int) -> Int? {
  guard k >= 0, k <= n else { return 0 }
  var result = 1
  // Every step's value is a binomial coefficient itself, and they only grow.
  for step in 0..<min(k, n - k) {
    let (product, overflow) = result.multipliedReportingOverflow(by: n - step)
    if overflow { return nil }
    result = product / (step + 1)
    if result > limit { return nil }
  }
  return result
}
