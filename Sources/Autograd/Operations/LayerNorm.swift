extension Tape {
  /// Layer normalisation of each row: y = γ·(x − mean)/√(variance + 1e-5) + β, with the population
  /// variance (Ba, Kiros and Hinton, arXiv 1607.06450; ε as in PyTorch).
  /// - Parameters:
  ///   - x: rows × channels.
  ///   - scale: γ, 1 × channels.
  ///   - shift: β, 1 × channels.
  public func layerNorm(_ x: Tensor, scale: Tensor, shift: Tensor) -> Tensor {
    let (rows, columns) = (x.rows, x.columns)
    precondition(scale.count == columns && shift.count == columns)
    let y = result(rows: rows, columns: columns, of: x, scale, shift)
    let normal = pool.take(rows * columns)
    let inverse = pool.take(rows)
    for row in 0..<rows {
      inverse.pointer[row] = normalise(
        x.values + row * columns, into: normal.pointer + row * columns, columns)
      let (n, target) = (normal.pointer + row * columns, y.values + row * columns)
      let (gamma, beta) = (scale.values, shift.values)
      for i in 0..<columns { target[i] = n[i] * gamma[i] + beta[i] }
    }
    record(y) { [pool] in
      let dy = y.gradient
      let scaled = pool.take(columns)
      let dx = x.needsGradient ? x.gradientForAdding() : nil
      for row in 0..<rows {
        let (n, d) = (normal.pointer + row * columns, dy + row * columns)
        addProduct(d, n, to: scale.gradient, columns)
        add(d, to: shift.gradient, columns)
        guard let dx else { continue }
        let gamma = scale.values
        for i in 0..<columns { scaled.pointer[i] = d[i] * gamma[i] }
        addNormGradient(
          scaled.pointer, normal: n, inverse: inverse.pointer[row],
          to: dx.pointer + row * columns, overwriting: dx.isFirst, columns)
      }
    }
    return y
  }
}

/// Writes the normalised row and returns 1/√(variance + ε).
private func normalise(
  _ x: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>, _ count: Int
) -> Float {
  let mean = sum(x, count) / Float(count)
  let variance = squaredDeviation(x, from: mean, count) / Float(count)
  let inverse = 1 / (variance + 1e-5).squareRoot()
  for i in 0..<count { target[i] = (x[i] - mean) * inverse }
  return inverse
}

@inline(__always)
private func addProduct(
  _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>,
  _ count: Int
) {
  for i in 0..<count { target[i] += a[i] * b[i] }
}

/// dx = (d − mean(d) − n·mean(d·n))/σ for n = (x − mean)/σ.
private func addNormGradient(
  _ d: UnsafePointer<Float>, normal n: UnsafePointer<Float>, inverse: Float,
  to dx: UnsafeMutablePointer<Float>, overwriting: Bool, _ count: Int
) {
  let mean = sum(d, count) / Float(count)
  let along = dot(d, n, count) / Float(count)
  if overwriting {
    for i in 0..<count { dx[i] = (d[i] - mean - n[i] * along) * inverse }
  } else {
    for i in 0..<count { dx[i] += (d[i] - mean - n[i] * along) * inverse }
  }
}
