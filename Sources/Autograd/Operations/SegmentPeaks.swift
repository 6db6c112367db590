extension Tape {
  /// The amplitude envelope: max |x| in each of `segments` equal parts of every row.
  ///
  /// The gradient goes to the first sample that reaches the maximum, with its sign, sign(0) = 0.
  /// - Parameter x: clips × samples; `segments` must divide the samples.
  /// - Returns: clips × segments.
  public func segmentPeaks(_ x: Tensor, segments: Int) -> Tensor {
    let length = x.columns / segments
    precondition(segments > 0 && length * segments == x.columns)
    let y = result(rows: x.rows, columns: segments, of: x)
    for place in 0..<y.count { y.values[place] = peak(x.values + place * length, length) }
    record(y) {
      let (dx, dy) = (x.gradient, y.gradient)
      for place in 0..<y.count {
        let start = x.values + place * length
        guard let first = firstIndex(ofMagnitude: y.values[place], in: start, length) else {
          continue
        }
        let sign: Float = start[first] > 0 ? 1 : start[first] < 0 ? -1 : 0
        dx[place * length + first] += dy[place] * sign
      }
    }
    return y
  }
}

private func peak(_ x: UnsafePointer<Float>, _ count: Int) -> Float {
  var best = SIMD8<Float>.zero
  var i = 0
  while i + 8 <= count {
    let values = lanes(x, i)
    best.replace(with: values, where: values .> best)
    best.replace(with: -values, where: -values .> best)
    i += 8
  }
  var result: Float = 0
  for lane in 0..<8 { result = max(result, best[lane]) }
  while i < count {
    result = max(result, x[i].magnitude)
    i += 1
  }
  return result
}

private func firstIndex(
  ofMagnitude value: Float, in x: UnsafePointer<Float>, _ count: Int
) -> Int? {
  for i in 0..<count where x[i].magnitude == value { return i }
  return nil
}
