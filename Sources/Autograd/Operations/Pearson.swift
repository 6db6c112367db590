/// Where ε stands in Pearson's correlation of two rows with population moments cov, va and vb.
///
/// Only ``floor`` is safe. The others are what implementations are found to use; with them a silent row
/// gives 0/0 in the gradient of the square root, and they are here to show that.
public enum PearsonForm: String, Sendable, CaseIterable {
  /// cov/(√(va + ε)·√(vb + ε)): c = 0 with a zero gradient where either row is constant.
  case floor
  /// cov/√(va·vb + ε).
  case inside
  /// cov/(√(va·vb) + ε): NaN gradient where either row is constant.
  case product
  /// cov/(√va·√vb + ε): NaN gradient where x is constant, and a gradient that grows as 1/√va near it.
  case outside
}

extension Tape {
  /// Pearson's correlation of each row with a constant row.
  ///
  /// Its gradient is what the chain rule gives step by step, so that the unsafe forms give NaN where
  /// PyTorch's autograd does. All moments are taken in Double: rows are short.
  /// - Parameters:
  ///   - x: clips × segments.
  ///   - references: one row of as many segments for each clip.
  ///   - epsilon: ε, in the unit of the variance (of its square for ``PearsonForm/inside``).
  ///   - form: where ε stands.
  /// - Returns: clips × 1.
  public func pearson(
    _ x: Tensor, with references: [Tensor], epsilon: Double, form: PearsonForm = .floor
  ) -> Tensor {
    precondition(references.count == x.rows && references.allSatisfy { $0.count == x.columns })
    let columns = x.columns
    let c = result(rows: x.rows, columns: 1, of: x)
    let moments = (0..<x.rows).map { row in
      Moments(x.values + row * columns, references[row].values, columns)
    }
    for row in 0..<x.rows {
      c.values[row] = Float(moments[row].covariance / form.divisor(moments[row], epsilon).value)
    }
    record(c) {
      let dx = x.gradient
      for row in 0..<x.rows {
        let (m, b) = (moments[row], references[row].values)
        let divisor = form.divisor(m, epsilon)
        let ofCovariance = Double(c.gradient[row]) / divisor.value
        let ofDivisor = -ofCovariance * (m.covariance / divisor.value)
        let ofVariance = divisor.slope(ofDivisor)
        // dcov/da = (b − mean b)/n, dva/da = 2·(a − mean a)/n
        for i in row * columns..<(row + 1) * columns {
          let across = ofCovariance * (Double(b[i - row * columns]) - m.meanB)
          let along = 2 * ofVariance * (Double(x.values[i]) - m.meanA)
          dx[i] += Float((across + along) / Double(columns))
        }
      }
    }
    return c
  }
}

extension PearsonForm {
  /// What the covariance is divided by, and how a gradient of it becomes one of va. Each form divides
  /// by its own square roots in the order of the chain rule: 0/0 must stay 0/0.
  fileprivate func divisor(
    _ m: Moments, _ epsilon: Double
  ) -> (value: Double, slope: (Double) -> Double) {
    switch self {
    case .floor:
      let (a, b) = ((m.varianceA + epsilon).squareRoot(), (m.varianceB + epsilon).squareRoot())
      return (a * b, { $0 * b / (2 * a) })
    case .inside:
      let root = (m.varianceA * m.varianceB + epsilon).squareRoot()
      return (root, { $0 / (2 * root) * m.varianceB })
    case .product:
      let root = (m.varianceA * m.varianceB).squareRoot()
      return (root + epsilon, { $0 / (2 * root) * m.varianceB })
    case .outside:
      let (a, b) = (m.varianceA.squareRoot(), m.varianceB.squareRoot())
      return (a * b + epsilon, { $0 * b / (2 * a) })
    }
  }
}

/// The population moments of two rows.
private struct Moments {
  let meanA: Double
  let meanB: Double
  let varianceA: Double
  let varianceB: Double
  let covariance: Double

  init(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ count: Int) {
    var (sumA, sumB) = (0.0, 0.0)
    for i in 0..<count {
      sumA += Double(a[i])
      sumB += Double(b[i])
    }
    // Divided, not multiplied by 1/n: the mean of equal values is that value to the bit.
    let n = Double(count)
    (meanA, meanB) = (sumA / n, sumB / n)
    var (aa, bb, ab) = (0.0, 0.0, 0.0)
    for i in 0..<count {
      let (x, y) = (Double(a[i]) - meanA, Double(b[i]) - meanB)
      aa += x * x
      bb += y * y
      ab += x * y
    }
    (varianceA, varianceB, covariance) = (aa / n, bb / n, ab / n)
  }
}
