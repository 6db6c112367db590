extension Tape {
  /// Layer normalisation of each row: y = γ·(x − mean)/√(variance + 1e-5) + β, with the population
  /// variance (Ba, Kiros and Hinton, arXiv 1607.06450; ε as in PyTorch).
  ///
  /// Of the forward pass only each row's mean and deviation are kept.
  /// - Parameters:
  ///   - x: rows × channels.
  ///   - scale: γ, 1 × channels.
  ///   - shift: β, 1 × channels.
  public func layerNorm(_ x: Tensor, scale: Tensor, shift: Tensor) -> Tensor {
    let (rows, columns) = (x.rows, x.columns)
    precondition(scale.count == columns && shift.count == columns)
    let y = result(rows: rows, columns: columns, of: x, scale, shift)
    let moments = pool.take(2 * rows)
    let chunks = Chunks.rows(rows, of: rows)
    crew.forEach(chunks.count) { _, part in
      let first = chunks[part].lowerBound
      kernels.normalise(
        y.values + first * columns, moments.pointer + 2 * first, x.values + first * columns,
        scale.values, shift.values, Int64(chunks[part].count), Int64(columns))
    }
    record(y) { [pool, crew] in
      let dy = y.gradient
      let dx = x.needsGradient ? x.gradientForAdding() : nil
      // Each part's share of the gradients of γ and β.
      let shares = pool.take(chunks.count * 2 * columns)
      crew.forEach(chunks.count) { _, part in
        let first = chunks[part].lowerBound
        let share = shares.pointer + part * 2 * columns
        kernels.normalise_gradient(
          dx.map { $0.pointer + first * columns }, share, share + columns, dy + first * columns,
          x.values + first * columns, moments.pointer + 2 * first, scale.values,
          Int64(chunks[part].count), Int64(columns), dx?.isFirst == true ? 0 : 1)
      }
      let (dScale, dShift) = (scale.gradient, shift.gradient)
      for part in 0..<chunks.count {
        let share = shares.pointer + part * 2 * columns
        add(share, to: dScale, columns)
        add(share + columns, to: dShift, columns)
      }
    }
    return y
  }
}
