extension Tape {
  /// y = x·Wᵀ + b, plus `residual` where one is given: a fully connected layer, which over rows of
  /// frames is a 1 × 1 convolution.
  /// - Parameters:
  ///   - x: rows × inputs.
  ///   - weight: outputs × inputs.
  ///   - bias: 1 × outputs.
  ///   - residual: rows × outputs.
  public func linear(_ x: Tensor, weight: Tensor, bias: Tensor, residual: Tensor? = nil) -> Tensor {
    let (rows, inputs, outputs) = (x.rows, x.columns, weight.rows)
    precondition(weight.columns == inputs && bias.count == outputs)
    precondition(residual.map { $0.rows == rows && $0.columns == outputs } ?? true)
    let y = result(rows: rows, columns: outputs, of: x, weight, bias, residual ?? bias)
    let turned = transposed(weight)
    let chunks = Chunks.rows(rows, of: rows)
    crew.forEach(chunks.count) { _, part in
      let (first, count) = (chunks[part].lowerBound, chunks[part].count)
      let target = y.values + first * outputs
      kernels.fill_rows(
        target, bias.values, residual.map { UnsafePointer($0.values + first * outputs) },
        Int64(count), Int64(outputs))
      multiply(
        Factor(x.values + first * inputs, stride: inputs), Factor(turned.pointer, stride: outputs),
        into: Product(target, stride: outputs), rows: count, columns: outputs, inner: inputs,
        adding: true)
    }
    record(y) { [crew] in
      let dy = y.gradient
      let weights = WeightGradient(dy, bias: bias, outputs: outputs)
      let dw = weight.needsGradient ? weight.gradient : nil
      let dx = x.needsGradient ? x.gradientForAdding() : nil
      crew.forEach(weights.blocks.count + (dx == nil ? 0 : chunks.count)) { _, part in
        if part < weights.blocks.count {
          if let dw { weights.add(part, inputs: x.values, columns: inputs, rows: rows, to: dw) }
          weights.addBias(part, rows: rows)
        } else if let dx {
          let range = chunks[part - weights.blocks.count]
          multiply(
            Factor(dy + range.lowerBound * outputs, stride: outputs),
            Factor(weight.values, stride: inputs),
            into: Product(dx.pointer + range.lowerBound * inputs, stride: inputs),
            rows: range.count, columns: inputs, inner: outputs, adding: !dx.isFirst)
        }
      }
      if let residual, residual.needsGradient { residual.addGradient(of: y, crew: crew) }
    }
    return y
  }

  /// Wᵀ: products whose right factor is stored as they read it are a fifth faster, and W is much
  /// smaller than what it is multiplied with.
  func transposed(_ weight: Tensor) -> Buffer {
    let (rows, columns) = (weight.rows, weight.columns)
    let turned = pool.take(weight.count)
    let blocks = Chunks(rows, limit: 32)
    crew.forEach(blocks.count) { _, part in
      let first = blocks[part].lowerBound
      kernels.transpose(
        turned.pointer + first, Int64(rows), weight.values + first * columns, Int64(columns),
        Int64(blocks[part].count), Int64(columns))
    }
    return turned
  }
}

/// The gradients of a layer's weight and bias, in blocks of outputs that any thread may take.
struct WeightGradient {
  private let dy: UnsafePointer<Float>
  private let outputs: Int
  private let biasGradient: UnsafeMutablePointer<Float>?
  let blocks: Chunks

  /// The gradients that follow from dy, rows × outputs.
  init(_ dy: UnsafePointer<Float>, bias: Tensor, outputs: Int) {
    self.dy = dy
    self.outputs = outputs
    biasGradient = bias.needsGradient ? bias.gradient : nil
    blocks = Chunks(outputs, limit: 64)
  }

  /// dW += dyᵀ·inputs for the block's rows of W, over some rows of dy and of the inputs.
  /// - Parameters:
  ///   - start: the first row of dy.
  ///   - stride: from one row of W's gradient to the next, where it is not `columns`.
  func add(
    _ block: Int, from start: Int = 0, inputs: UnsafePointer<Float>, columns: Int, rows: Int,
    to dw: UnsafeMutablePointer<Float>, stride: Int? = nil
  ) {
    let range = blocks[block]
    let stride = stride ?? columns
    multiply(
      Factor(dy + start * outputs + range.lowerBound, stride: outputs, transposed: true),
      Factor(inputs, stride: columns),
      into: Product(dw + range.lowerBound * stride, stride: stride), rows: range.count,
      columns: columns, inner: rows, adding: true)
  }

  /// db += Σ rows of dy for the block's outputs.
  func addBias(_ block: Int, rows: Int) {
    guard let biasGradient else { return }
    let range = blocks[block]
    kernels.add_rows(
      biasGradient + range.lowerBound, dy + range.lowerBound, Int64(rows), Int64(range.count),
      Int64(outputs))
  }
}
