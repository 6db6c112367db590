extension Tape {
  /// 1/(1 + e⁻ˣ), element by element, right to 4e-7 of itself (and 0 below −88.4, where it is less than
  /// the smallest normal number).
  public func sigmoid(_ x: Tensor) -> Tensor {
    let y = result(rows: x.rows, columns: x.columns, of: x)
    let chunks = Chunks.elements(x.count)
    crew.forEach(chunks.count) { _, part in
      let first = chunks[part].lowerBound
      kernels.sigmoid(y.values + first, x.values + first, Int64(chunks[part].count))
    }
    record(y) { [crew] in
      let (dx, dy) = (x.gradientForAdding(), y.gradient)
      crew.forEach(chunks.count) { _, part in
        let first = chunks[part].lowerBound
        kernels.sigmoid_gradient(
          dx.pointer + first, dy + first, y.values + first, Int64(chunks[part].count),
          dx.isFirst ? 0 : 1)
      }
    }
    return y
  }
}
