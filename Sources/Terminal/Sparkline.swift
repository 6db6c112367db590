/// A curve in one line of text: `▇▅▃▂▁▁`, from the lowest value to the highest of its own.
///
/// - Parameters:
///   - values: The curve; one that is longer than `width` is drawn by the means of equal parts.
///   - width: At most so many characters.
/// - Returns: A character a value, `×` where a value is not finite; empty for no values.
public func sparkline(_ values: [Double], width: Int) -> String {
  let values = reduced(values, to: max(1, width))
  let finite = values.filter(\.isFinite)
  guard let low = finite.min(), let high = finite.max() else {
    return String(repeating: "×", count: values.count)
  }
  let bars = Array("▁▂▃▄▅▆▇█")
  return String(
    values.map { value in
      guard value.isFinite else { return "×" }
      // Halved, so that the span of two huge values is a number.
      let span = high / 2 - low / 2
      let share = span > 0 ? (value / 2 - low / 2) / span : 0
      return bars[min(bars.count - 1, Int(share * Double(bars.count)))]
    })
}

private func reduced(_ values: [Double], to width: Int) -> [Double] {
  if values.count <= width { return values }
  return (0..<width).map { index in
    let part = values[(index * values.count / width)..<((index + 1) * values.count / width)]
    return part.reduce(0, +) / Double(part.count)
  }
}
