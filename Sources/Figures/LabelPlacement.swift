/// Moves labels apart: the nearest places to those wanted that are in the same order, at least `gap`
/// apart and within bounds (as far as there is room for all).
public func spread(
  _ wanted: [Double], gap: Double, within bounds: ClosedRange<Double>
) -> [Double] {
  let order = wanted.indices.sorted { (wanted[$0], $0) < (wanted[$1], $1) }
  var placed = [Double](repeating: 0, count: wanted.count)
  var next = bounds.lowerBound
  for index in order {
    placed[index] = max(wanted[index], next)
    next = placed[index] + gap
  }
  var last = bounds.upperBound
  for index in order.reversed() {
    placed[index] = min(placed[index], last)
    last = placed[index] - gap
  }
  return placed
}
