/// The sum as NumPy forms it: up to seven values one after another, up to 128 in eight columns,
/// more as the sum of two halves. Its error grows with log n, and it equals `numpy.sum` to the last
/// bit.
///
/// Source: N. J. Higham (1993), "The accuracy of floating point summation", SIAM J. Sci. Comput.
/// 14.
func pairwiseSum(_ values: ArraySlice<Double>) -> Double {
  if values.count < 8 { return values.reduce(0, +) }
  if values.count <= 128 { return columnSum(values) }
  let half = values.count / 2
  let left = half - half % 8
  return pairwiseSum(values.prefix(left)) + pairwiseSum(values.dropFirst(left))
}

/// Eight running sums, added up in pairs, and what is left over after them.
private func columnSum(_ values: ArraySlice<Double>) -> Double {
  let first = values.startIndex
  let whole = first + values.count / 8 * 8
  var columns = SIMD8<Double>()
  for column in 0..<8 { columns[column] = values[first + column] }
  for row in stride(from: first + 8, to: whole, by: 8) {
    for column in 0..<8 { columns[column] += values[row + column] }
  }
  let total =
    ((columns[0] + columns[1]) + (columns[2] + columns[3]))
    + ((columns[4] + columns[5]) + (columns[6] + columns[7]))
  return values[whole...].reduce(total, +)
}

extension [Double] {
  /// Whether every value is a number: neither NaN nor infinite.
  var areFinite: Bool { allSatisfy(\.isFinite) }

  /// Whether there is a value, and all are the same.
  var areConstant: Bool {
    guard let first else { return false }
    return allSatisfy { $0 == first }
  }

  /// The largest absolute value, 0 of none.
  var largestMagnitude: Double { reduce(0) { Swift.max($0, abs($1)) } }

  /// The values times the power of two that brings the largest near to 1: squares and sums of such
  /// values neither overflow nor vanish, and no digit changes. The second value undoes it.
  var scaledNearOne: (values: [Double], scale: Double) {
    let largest = largestMagnitude
    guard largest > 0, largest.isFinite else { return (self, 1) }
    let exponent = Swift.min(Swift.max(largest.exponent, -1022), 1022)
    let scale = Double(sign: .plus, exponent: exponent, significand: 1)
    return (map { $0 / scale }, scale)
  }
}
