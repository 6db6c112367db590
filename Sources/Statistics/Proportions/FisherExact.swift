/// What Fisher's exact test says of a 2 × 2 table.
public struct FisherResult: Sendable, Hashable {
  /// ad / bc, infinite where only b or c is 0; nil where a row or a column is empty.
  public let oddsRatio: Double?
  /// The two-sided p-value.
  public let pValue: Double
}

/// Fisher's exact test of a 2 × 2 table of counts, two-sided, as `scipy.stats.fisher_exact`:
///
///             success  failure
///     one        a        b
///     other      c        d
///
/// With the margins as they are, a table with x in place of a has the probability C(a+b, x)·C(c+d,
/// a+c−x) / C(n, a+c); p is the sum over all tables that are no more probable than the one given
/// (probabilities within 10⁻¹¹ of each other count as equal: they differ by rounding).
///
/// Source: R. A. Fisher (1935), "The logic of inductive inference", Journal of the Royal
/// Statistical Society 98; the sum over less probable tables after J. O. Irwin (1935), "Tests of
/// significance for differences between percentages based on small numbers", Metron 12.
///
/// - Returns: Nil where a count is negative or above a thousand million. A p below about 10⁻³⁰⁰ is
///   0. Where a row or a column is empty: p 1 and no odds ratio.
public func fisherExact(_ a: Int, _ b: Int, _ c: Int, _ d: Int) -> FisherResult? {
  guard [a, b, c, d].allSatisfy((0...1_000_000_000).contains) else { return nil }
  guard a + b > 0, c + d > 0, a + c > 0, b + d > 0 else {
    return FisherResult(oddsRatio: nil, pValue: 1)
  }
  let oddsRatio =
    b > 0 && c > 0 ? (Double(a) * Double(d)) / (Double(b) * Double(c)) : .infinity
  return FisherResult(
    oddsRatio: oddsRatio, pValue: HypergeometricTable(a, b, c, d).twoSidedP)
}

/// All tables with the margins of one, by what is in the place of a.
private struct HypergeometricTable {
  let a: Int
  let row: Double
  let column: Double
  /// d − a: the cell opposite is this and what is in the place of a.
  let offset: Double
  /// Tables less probable than this, in terms of the most probable one, count as impossible. (Near
  /// the smallest number there is, a weight would no longer shrink.)
  private static let least = 1e-300

  init(_ a: Int, _ b: Int, _ c: Int, _ d: Int) {
    self.a = a
    row = Double(a + b)
    column = Double(a + c)
    offset = Double(d - a)
  }

  /// How much more probable the table with x + 1 is than that with x.
  private func ratio(_ x: Int) -> Double {
    let x = Double(x)
    return (row - x) * (column - x) / ((x + 1) * (offset + x + 1))
  }

  var twoSidedP: Double {
    let least = max(0, -Int(offset))
    let most = Int(min(row, column))
    // The most probable table; probabilities are relative to its own, so that none overflows.
    let total = row + column + offset
    let mode = min(max(Int((row + 1) * (column + 1) / (total + 2)), least), most)
    let observed = relative(mode, least, most)
    let bound = observed * (1 + 1e-11)
    var all = 0.0
    var extreme = 0.0
    func add(_ weight: Double) {
      all += weight
      if weight <= bound { extreme += weight }
    }
    add(1)
    forEachAbove(mode, most) { _, weight in add(weight) }
    forEachBelow(mode, least) { _, weight in add(weight) }
    return min(1, extreme / all)
  }

  /// The weight of the table given.
  private func relative(_ mode: Int, _ least: Int, _ most: Int) -> Double {
    if a == mode { return 1 }
    var found = 0.0
    if a > mode {
      forEachAbove(mode, most) { if $0 == a { found = $1 } }
    } else {
      forEachBelow(mode, least) { if $0 == a { found = $1 } }
    }
    return found
  }

  private func forEachAbove(_ mode: Int, _ most: Int, _ body: (Int, Double) -> Void) {
    var weight = 1.0
    var x = mode
    while x < most && weight > Self.least {
      weight *= ratio(x)
      x += 1
      body(x, weight)
    }
  }

  private func forEachBelow(_ mode: Int, _ least: Int, _ body: (Int, Double) -> Void) {
    var weight = 1.0
    var x = mode
    while x > least && weight > Self.least {
      x -= 1
      weight /= ratio(x)
      body(x, weight)
    }
  }
}
