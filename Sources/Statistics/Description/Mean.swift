/// The arithmetic mean, x̄ = Σxᵢ / n, as `numpy.mean`.
///
/// The sum is formed in pairs (N. J. Higham 1993, "The accuracy of floating point summation"), in
/// NumPy's order, so that the result is NumPy's to the last bit.
///
/// - Returns: nil for no value or where one is not finite; of one value, that value.
public func mean(_ values: [Double]) -> Double? {
  guard !values.isEmpty, values.areFinite else { return nil }
  let count = Double(values.count)
  let sum = pairwiseSum(values[...])
  // The sum of values near the largest number may be too large while their mean is not.
  return sum.isFinite ? sum / count : pairwiseSum(values.map { $0 / count }[...])
}
