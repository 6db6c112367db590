/// Holm's correction of several p-values, as
/// `statsmodels.stats.multitest.multipletests(method='holm')`.
///
/// With p₍₁₎ ≤ … ≤ p₍ₘ₎, the adjusted p₍ᵢ₎ is max over j ≤ i of min(1, (m − j + 1)·p₍ⱼ₎). A
/// hypothesis is rejected at α where its adjusted p is at most α; the chance of even one false
/// rejection is then at most α.
///
/// Source: S. Holm (1979), "A simple sequentially rejective multiple test procedure", Scandinavian
/// Journal of Statistics 6.
///
/// - Parameter pValues: In any order; nil where there was no test.
/// - Returns: The adjusted values in the same order. Nil where there was no test or a value is NaN
///   or outside 0...1: these do not count among the m.
public func holm(_ pValues: [Double?]) -> [Double?] {
  var tested: [(index: Int, pValue: Double)] = []
  for (index, pValue) in pValues.enumerated() {
    if let pValue, (0...1).contains(pValue) { tested.append((index, pValue)) }
  }
  tested.sort { ($0.pValue, $0.index) < ($1.pValue, $1.index) }
  var adjusted = [Double?](repeating: nil, count: pValues.count)
  var greatest = 0.0
  for (place, test) in tested.enumerated() {
    greatest = max(greatest, min(1, Double(tested.count - place) * test.pValue))
    adjusted[test.index] = greatest
  }
  return adjusted
}
