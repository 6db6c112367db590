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
    let chunks = Chunks(y.count, limit: max(1, 8192 / length))
    let places = [Int64](unsafeUninitializedCapacity: y.count) { places, count in
      if let base = places.baseAddress {
        crew.forEach(chunks.count) { _, part in
          for place in chunks[part] {
            y.values[place] = kernels.peak(
              x.values + place * length, Int64(length), base + place)
          }
        }
      }
      count = y.count
    }
    record(y) {
      let (dx, dy) = (x.gradient, y.gradient)
      for place in 0..<y.count {
        let index = place * length + Int(places[place])
        let value = x.values[index]
        dx[index] += dy[place] * (value > 0 ? 1 : value < 0 ? -1 : 0)
      }
    }
    return y
  }
}
