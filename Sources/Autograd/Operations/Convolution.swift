extension Tape {
  /// A dilated convolution of three taps along the frames of each clip, then ReLU:
  /// y[t] = max(0, b + Σₖ Wₖ·x[t + (k − 1)·dilation]), with zeros beyond a clip's ends.
  ///
  /// The three shifted rows are laid side by side, so that the layer is one matrix product.
  /// - Parameters:
  ///   - x: (clips × frames) × inputs.
  ///   - weight: outputs × (3 × inputs), the taps one after another.
  ///   - bias: 1 × outputs.
  public func convolutionReLU(
    _ x: Tensor, weight: Tensor, bias: Tensor, clips: Int, dilation: Int
  ) -> Tensor {
    let (rows, inputs, outputs) = (x.rows, x.columns, weight.rows)
    precondition(rows % clips == 0 && weight.columns == 3 * inputs && bias.count == outputs)
    let taps = Taps(clips: clips, frames: rows / clips, channels: inputs, dilation: dilation)
    let y = result(rows: rows, columns: outputs, of: x, weight, bias)
    let gathered = pool.take(rows * 3 * inputs)
    taps.gather(x.values, into: gathered.pointer)
    fillRows(of: y, with: bias)
    multiply(
      gathered.pointer, weight.values, transposeB: true, into: y.values, rows: rows,
      columns: outputs, inner: 3 * inputs, adding: true)
    clampNegative(y.values, y.count)
    record(y) { [pool] in
      let dy = y.gradient
      // Nobody reads this gradient after this step, so it may be cut in place.
      maskNonPositive(dy, where: y.values, y.count)
      addWeightGradients(dy, inputs: gathered.pointer, weight: weight, bias: bias, rows: rows)
      guard x.needsGradient else { return }
      let spread = pool.take(rows * 3 * inputs)
      multiply(
        dy, weight.values, into: spread.pointer, rows: rows, columns: 3 * inputs, inner: outputs,
        adding: false)
      taps.scatter(spread.pointer, addingTo: x.gradient)
    }
    return y
  }
}

/// Where the three taps of a dilated convolution read.
private struct Taps {
  let clips: Int
  let frames: Int
  let channels: Int
  let dilation: Int

  func gather(_ x: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>) {
    forEachTap { source, place in
      if let source {
        (target + place).update(from: x + source, count: channels)
      } else {
        (target + place).update(repeating: 0, count: channels)
      }
    }
  }

  func scatter(_ gathered: UnsafePointer<Float>, addingTo x: UnsafeMutablePointer<Float>) {
    forEachTap { source, place in
      if let source { add(gathered + place, to: x + source, channels) }
    }
  }

  /// Calls `body` with the offset of a tap's row in x (`nil` beyond a clip's end) and its place among
  /// the gathered rows.
  @inline(__always)
  private func forEachTap(_ body: (Int?, Int) -> Void) {
    for clip in 0..<clips {
      for frame in 0..<frames {
        for tap in 0..<3 {
          let from = frame + (tap - 1) * dilation
          let place = ((clip * frames + frame) * 3 + tap) * channels
          body(from >= 0 && from < frames ? (clip * frames + from) * channels : nil, place)
        }
      }
    }
  }
}

private func clampNegative(_ y: UnsafeMutablePointer<Float>, _ count: Int) {
  // A NaN stays one: `y < 0` is false for it.
  for i in 0..<count { y[i] = y[i] < 0 ? 0 : y[i] }
}

private func maskNonPositive(
  _ dy: UnsafeMutablePointer<Float>, where y: UnsafePointer<Float>, _ count: Int
) {
  for i in 0..<count { dy[i] = y[i] > 0 ? dy[i] : 0 }
}
