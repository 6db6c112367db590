/// The median: the middle value, or the mean of the two in the middle, as `numpy.median`.
///
/// - Returns: nil for no value or where one is not finite; of one value, that value.
public func median(_ values: [Double]) -> Double? {
  guard !values.isEmpty, values.areFinite else { return nil }
  let sorted = values.sorted()
  let upper = sorted[sorted.count / 2]
  if sorted.count % 2 == 1 { return upper }
  return mean([sorted[sorted.count / 2 - 1], upper])
}

/// The quantile at `q`, between the two order statistics about h = (n − 1)·q by a straight line:
/// x₍⌊h⌋₎ + (h − ⌊h⌋)·(x₍⌊h⌋+1₎ − x₍⌊h⌋₎), as `numpy.quantile` by default.
///
/// Definition 7 of R. J. Hyndman and Y. Fan (1996), "Sample quantiles in statistical packages", The
/// American Statistician 50.
///
/// - Parameter q: From 0, the least value, to 1, the greatest.
/// - Returns: nil for no value, where one is not finite, or for a `q` outside 0...1; of one value,
///   that value.
public func quantile(_ values: [Double], _ q: Double) -> Double? {
  guard !values.isEmpty, values.areFinite, (0...1).contains(q) else { return nil }
  let sorted = values.sorted()
  let position = QuantilePosition(q, count: sorted.count)
  return position.between(sorted[position.lower], sorted[position.upper])
}

/// Where a quantile is among ordered values.
struct QuantilePosition {
  /// The order statistics on both sides, counted from 0; the same where the place is one of them.
  let lower: Int
  let upper: Int
  /// How far the place is from the lower to the upper.
  let fraction: Double

  /// - Parameter count: Positive.
  init(_ q: Double, count: Int) {
    let place = Double(count - 1) * q
    lower = min(max(Int(place), 0), count - 1)
    fraction = place - Double(lower)
    upper = min(fraction > 0 ? lower + 1 : lower, count - 1)
  }

  /// The value at the place: from the nearer end, so that it is never beyond either.
  func between(_ low: Double, _ high: Double) -> Double {
    let difference = high - low
    guard difference.isFinite else { return low * (1 - fraction) + high * fraction }
    return fraction < 0.5 ? low + difference * fraction : high - difference * (1 - fraction)
  }
}
