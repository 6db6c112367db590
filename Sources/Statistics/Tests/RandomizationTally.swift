/// Counts the arrangements whose statistic is at most, and at least, the observed one.
struct RandomizationTally {
  private let upTo: Double
  private let from: Double
  private var atMost = 0
  private var atLeast = 0
  private var all = 0

  /// - Parameters:
  ///   - observed: The statistic, a sum, of the data as they are.
  ///   - reference: The size that SciPy's tolerance for ties (100 units of rounding) is of.
  ///   - sumOfMagnitudes: That of the values in the sums: what sums in another order may differ by
  ///     comes from it, however small the observed one is.
  init(observed: Double, reference: Double, sumOfMagnitudes: Double) {
    let tolerance = Double.ulpOfOne * (100 * abs(reference) + 2 * sumOfMagnitudes)
    upTo = observed + tolerance
    from = observed - tolerance
  }

  @inline(__always)
  mutating func add(_ statistic: Double) {
    all += 1
    if statistic <= upTo { atMost += 1 }
    if statistic >= from { atLeast += 1 }
  }

  /// min(1, 2·min(tails)), each tail the share of arrangements in it.
  ///
  /// Of sampled arrangements the observed one is counted too, once in the tail and once in all: B.
  /// Phipson and G. K. Smyth (2010), "Permutation p-values should never be zero", Stat. Appl.
  /// Genet. Mol. Biol. 9.
  func pValue(isExact: Bool) -> Double {
    let own = isExact ? 0 : 1
    return min(1, 2 * Double(min(atMost, atLeast) + own) / Double(all + own))
  }
}
