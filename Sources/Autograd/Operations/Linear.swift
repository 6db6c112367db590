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
    fillRows(of: y, with: bias, plus: residual)
    multiply(
      x.values, weight.values, transposeB: true, into: y.values, rows: rows, columns: outputs,
      inner: inputs, adding: true)
    record(y) {
      let dy = y.gradient
      if x.needsGradient {
        let dx = x.gradientForAdding()
        multiply(
          dy, weight.values, into: dx.pointer, rows: rows, columns: inputs, inner: outputs,
          adding: !dx.isFirst)
      }
      if let residual, residual.needsGradient { addGradient(dy, to: residual) }
      addWeightGradients(dy, inputs: x.values, weight: weight, bias: bias, rows: rows)
    }
    return y
  }
}

private func multiply(
  _ a: UnsafeMutablePointer<Float>, _ b: UnsafeMutablePointer<Float>, transposeB: Bool = false,
  into c: UnsafeMutablePointer<Float>, rows: Int, columns: Int, inner: Int, adding: Bool
) {
  multiply(
    UnsafePointer(a), UnsafePointer(b), transposeB: transposeB, into: c, rows: rows,
    columns: columns, inner: inner, adding: adding)
}

/// Every row of y becomes the bias, plus its row of `residual`.
func fillRows(of y: Tensor, with bias: Tensor, plus residual: Tensor? = nil) {
  let columns = y.columns
  let b = bias.values
  for row in 0..<y.rows {
    let target = y.values + row * columns
    if let source = residual.map({ $0.values + row * columns }) {
      for i in 0..<columns { target[i] = source[i] + b[i] }
    } else {
      target.update(from: b, count: columns)
    }
  }
}

/// Adds a gradient of the tensor's own shape.
func addGradient(_ source: UnsafePointer<Float>, to tensor: Tensor) {
  let target = tensor.gradientForAdding()
  if target.isFirst {
    target.pointer.update(from: source, count: tensor.count)
  } else {
    add(source, to: target.pointer, tensor.count)
  }
}

/// dW += dyᵀ·inputs and db += Σ rows of dy, for a layer y = inputs·Wᵀ + b.
func addWeightGradients(
  _ dy: UnsafePointer<Float>, inputs: UnsafePointer<Float>, weight: Tensor, bias: Tensor, rows: Int
) {
  if weight.needsGradient {
    let target = weight.gradientForAdding()
    multiply(
      dy, transposeA: true, inputs, into: target.pointer, rows: weight.rows,
      columns: weight.columns, inner: rows, adding: !target.isFirst)
  }
  if bias.needsGradient { addRows(dy, rows: rows, columns: bias.count, to: bias.gradient) }
}
