extension Tape {
  /// Pearson's correlation of each row with a constant row, with a floor under both variances:
  /// c = cov/(√(va + ε)·√(vb + ε)), population moments.
  ///
  /// The floor makes c = 0 with a zero gradient for a constant row (silence), where the plain form
  /// divides by zero. All moments are taken in Double: rows are short.
  /// - Parameters:
  ///   - x: clips × segments.
  ///   - references: one row of as many segments for each clip.
  ///   - epsilon: ε, in the unit of the variance.
  /// - Returns: clips × 1.
  public func pearson(_ x: Tensor, with references: [Tensor], epsilon: Double) -> Tensor {
    precondition(references.count == x.rows && references.allSatisfy { $0.count == x.columns })
    let columns = x.columns
    let c = result(rows: x.rows, columns: 1, of: x)
    let moments = (0..<x.rows).map { row in
      Moments(x.values + row * columns, references[row].values, columns, epsilon: epsilon)
    }
    for row in 0..<x.rows { c.values[row] = Float(moments[row].correlation) }
    record(c) {
      for row in 0..<x.rows {
        let m = moments[row]
        let (a, b, dx) = (x.values + row * columns, references[row].values, x.gradient)
        // dc/da = (b − mean b)/(n·sa·sb) − c·(a − mean a)/(n·sa²)
        let factor = Double(c.gradient[row]) / Double(columns)
        for i in 0..<columns {
          let across = (Double(b[i]) - m.meanB) / (m.deviationA * m.deviationB)
          let along =
            m.correlation * (Double(a[i]) - m.meanA) / (m.deviationA * m.deviationA)
          dx[row * columns + i] += Float(factor * (across - along))
        }
      }
    }
    return c
  }
}

/// The moments of two rows; the deviations include the floor.
private struct Moments {
  let meanA: Double
  let meanB: Double
  let deviationA: Double
  let deviationB: Double
  let correlation: Double

  init(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ count: Int, epsilon: Double) {
    var (sumA, sumB) = (0.0, 0.0)
    for i in 0..<count {
      sumA += Double(a[i])
      sumB += Double(b[i])
    }
    let scale = 1 / Double(count)
    (meanA, meanB) = (sumA * scale, sumB * scale)
    var (aa, bb, ab) = (0.0, 0.0, 0.0)
    for i in 0..<count {
      let (x, y) = (Double(a[i]) - meanA, Double(b[i]) - meanB)
      aa += x * x
      bb += y * y
      ab += x * y
    }
    deviationA = (aa * scale + epsilon).squareRoot()
    deviationB = (bb * scale + epsilon).squareRoot()
    correlation = ab * scale / (deviationA * deviationB)
  }
}
