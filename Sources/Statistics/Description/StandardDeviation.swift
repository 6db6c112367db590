/// The sample standard deviation, s = √(Σ(xᵢ − x̄)² / (n − 1)), as `numpy.std(values, ddof=1)`.
///
/// In two passes, the mean first (T. F. Chan, G. H. Golub, R. J. LeVeque 1983, "Algorithms for
/// computing the sample variance", The American Statistician 37); values are scaled by a power of
/// two, so that squares do not overflow.
///
/// - Returns: nil for fewer than two values or where one is not finite; 0 of constant values.
public func sampleStandardDeviation(_ values: [Double]) -> Double? {
  guard values.count > 1, values.areFinite else { return nil }
  if values.areConstant { return 0 }
  let (scaled, scale) = values.scaledNearOne
  guard let center = mean(scaled) else { return nil }
  let squares = scaled.map { ($0 - center) * ($0 - center) }
  return (pairwiseSum(squares[...]) / Double(values.count - 1)).squareRoot() * scale
}
