extension Tape {
  /// Mean over the rows of f(|c|), for a function given with its derivative on [0, 1].
  /// - Parameters:
  ///   - c: clips × 1.
  ///   - clips: what the sum is divided by where the rows are a share of a larger batch; else the
  ///     number of rows. The results of all shares add up to that of the whole batch.
  public func meanOfMagnitudes(
    _ c: Tensor, clips: Int? = nil, _ f: (Double) -> Double,
    derivative: @escaping (Double) -> Double
  ) -> Tensor {
    let y = result(rows: 1, columns: 1, of: c)
    let clips = Double(clips ?? c.count)
    var total = 0.0
    for i in 0..<c.count { total += f(Double(c.values[i].magnitude)) }
    y.values[0] = Float(total / clips)
    record(y) {
      let factor = Double(y.gradient[0]) / clips
      for i in 0..<c.count {
        let value = Double(c.values[i])
        let sign: Double = value > 0 ? 1 : value < 0 ? -1 : 0
        c.gradient[i] += Float(factor * sign * derivative(abs(value)))
      }
    }
    return y
  }

  /// Mean over the clips of √(mean (x − reference)² + 1e-8); the small term keeps the gradient finite
  /// where the two are equal.
  /// - Parameters:
  ///   - x: clips × samples.
  ///   - references: one constant row for each clip.
  ///   - clips: as in ``meanOfMagnitudes(_:clips:_:derivative:)``.
  public func rootMeanSquare(
    of x: Tensor, minus references: [Tensor], clips: Int? = nil
  ) -> Tensor {
    rootMeanSquares(of: x, minus: [references], clips: clips)[0]
  }

  /// The same for several sets of references, x and its gradient being walked through only once.
  /// - Returns: a scalar for each set.
  public func rootMeanSquares(
    of x: Tensor, minus sets: [[Tensor]], clips: Int? = nil
  ) -> [Tensor] {
    precondition(!sets.isEmpty && sets.allSatisfy { $0.count == x.rows })
    precondition(sets.joined().allSatisfy { $0.count == x.columns })
    let distances = RootMeanSquares(x, sets, clips: clips ?? x.rows, crew: crew)
    let results = distances.means.map { mean in
      let y = result(rows: 1, columns: 1, of: x)
      y.values[0] = Float(mean)
      return y
    }
    // What uses any of the results comes later, so that all their gradients are known here.
    record(results[0]) { [crew] in distances.addGradient(results.map { $0.gradient[0] }, crew: crew)
    }
    return results
  }

  /// (mean of the left half of the columns − ½)² + (mean of the right half − ½)²: how far the masks of
  /// the two sources are from an even mix. Row r counts `weights[r]` times.
  /// - Parameter globalSum: where the rows are a share of a larger batch, what replaces the sums over
  ///   these rows (left mass, right mass, elements a side) by those over all shares. The result is
  ///   then the loss of the whole batch, on each share alike, and its gradient that of these rows.
  public func balance(
    _ masks: Tensor, weights: [Float], globalSum: ([Double]) -> [Double] = { $0 }
  ) -> Tensor {
    precondition(weights.count == masks.rows && masks.columns % 2 == 0)
    let half = masks.columns / 2
    let y = result(rows: 1, columns: 1, of: masks)
    let masses = (0..<2).map { side in
      (0..<masks.rows).reduce(0.0) { mass, row in
        mass + Double(sum(masks.values + (row * 2 + side) * half, half)) * Double(weights[row])
      }
    }
    let sums = globalSum(masses + [weights.reduce(0.0) { $0 + Double($1) } * Double(half)])
    let total = sums[2]
    let deviations = sums[..<2].map { $0 / total - 0.5 }
    y.values[0] = Float(deviations[0] * deviations[0] + deviations[1] * deviations[1])
    record(y) {
      let (dm, dy) = (masks.gradient, Double(y.gradient[0]))
      for row in 0..<masks.rows {
        for side in 0..<2 {
          let share = Float(dy * 2 * deviations[side] * Double(weights[row]) / total)
          let target = dm + (row * 2 + side) * half
          for i in 0..<half { target[i] += share }
        }
      }
    }
    return y
  }

  /// Σ factor·term over scalars.
  public func weightedSum(_ terms: [(factor: Double, term: Tensor)]) -> Tensor {
    let y = Tensor(
      rows: 1, columns: 1, needsGradient: terms.contains { $0.term.needsGradient }, pool: pool)
    y.values[0] = Float(terms.reduce(0.0) { $0 + $1.factor * Double($1.term.scalar) })
    record(y) {
      for (factor, term) in terms where term.needsGradient {
        term.gradient[0] += Float(factor * Double(y.gradient[0]))
      }
    }
    return y
  }
}
