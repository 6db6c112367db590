/// A course with at most so many points: of each stretch of epochs the lowest, the highest and the first
/// that is not finite; the first and the last point always. Extremes are never lost.
package func thinned(_ points: [ReportedSeries.Point], to limit: Int) -> [ReportedSeries.Point] {
  guard points.count > max(limit, 2) else { return points }
  // Up to three points of each stretch, and both ends.
  let stretches = max((limit - 2) / 3, 1)
  var kept = [0]
  for stretch in 0..<stretches {
    let range =
      points.count * stretch / stretches..<points.count * (stretch + 1) / stretches
    kept += extremes(of: points, in: range)
  }
  kept.append(points.count - 1)
  var last = -1
  return kept.compactMap { index in
    defer { last = index }
    return index > last ? points[index] : nil
  }
}

/// The places of the lowest and highest finite value and of the first that is not, in order.
private func extremes(of points: [ReportedSeries.Point], in range: Range<Int>) -> [Int] {
  var low: Int?
  var high: Int?
  var broken: Int?
  for index in range {
    let value = points[index].value
    guard value.isFinite else {
      broken = broken ?? index
      continue
    }
    if low.map({ value < points[$0].value }) ?? true { low = index }
    if high.map({ value > points[$0].value }) ?? true { high = index }
  }
  return [low, high, broken].compactMap { $0 }.sorted()
}
