extension Tape {
  /// A dilated convolution of three taps along the frames of each clip, then ReLU:
  /// y[t] = max(0, b + Σₖ Wₖ·x[t + (k − 1)·dilation]), with zeros beyond a clip's ends.
  ///
  /// Each tap is a matrix product of shifted rows, in place: nothing is gathered, and what lies beyond
  /// a clip's ends is not computed.
  /// - Parameters:
  ///   - x: (clips × frames) × inputs.
  ///   - weight: outputs × (3 × inputs), the taps one after another.
  ///   - bias: 1 × outputs.
  public func convolutionReLU(
    _ x: Tensor, weight: Tensor, bias: Tensor, clips: Int, dilation: Int
  ) -> Tensor {
    let (rows, inputs, outputs) = (x.rows, x.columns, weight.rows)
    precondition(rows % clips == 0 && weight.columns == 3 * inputs && bias.count == outputs)
    let taps = Taps(frames: rows / clips, dilation: dilation)
    let chunks = Chunks.rows(taps.frames, of: rows)
    let y = result(rows: rows, columns: outputs, of: x, weight, bias)
    let turned = transposed(weight)
    crew.forEach(clips * chunks.count) { _, part in
      let range = chunks[part % chunks.count]
      let start = part / chunks.count * taps.frames
      let target = y.values + (start + range.lowerBound) * outputs
      let count = range.count * outputs
      kernels.fill_rows(target, bias.values, nil, Int64(range.count), Int64(outputs))
      taps.forEachTap(reading: range) { tap, frames, offset in
        multiply(
          Factor(x.values + (start + frames.lowerBound + offset) * inputs, stride: inputs),
          Factor(turned.pointer + tap * inputs * outputs, stride: outputs),
          into: Product(y.values + (start + frames.lowerBound) * outputs, stride: outputs),
          rows: frames.count, columns: outputs, inner: inputs, adding: true)
      }
      kernels.clamp_negative(target, Int64(count))
    }
    record(y) { [crew] in
      let dy = y.gradient
      // Nobody reads this gradient after this step, so it may be cut in place.
      let elements = Chunks.elements(y.count)
      crew.forEach(elements.count) { _, part in
        let range = elements[part]
        kernels.mask_gradient(
          dy + range.lowerBound, y.values + range.lowerBound, Int64(range.count))
      }
      let weights = WeightGradient(dy, bias: bias, outputs: outputs)
      let dw = weight.needsGradient ? weight.gradient : nil
      let dx = x.needsGradient ? x.gradientForAdding() : nil
      let blocks = weights.blocks.count
      crew.forEach(3 * blocks + (dx == nil ? 0 : clips * chunks.count)) { _, part in
        if part < 3 * blocks {
          let (tap, block) = (part / blocks, part % blocks)
          if tap == 1 { weights.addBias(block, rows: rows) }
          guard let dw else { return }
          let (frames, offset) = taps.reading(tap, 0..<taps.frames)
          for clip in 0..<clips where !frames.isEmpty {
            let first = clip * taps.frames + frames.lowerBound
            weights.add(
              block, from: first, inputs: x.values + (first + offset) * inputs, columns: inputs,
              rows: frames.count, to: dw + tap * inputs, stride: 3 * inputs)
          }
        } else if let dx {
          let range = chunks[(part - 3 * blocks) % chunks.count]
          let start = (part - 3 * blocks) / chunks.count * taps.frames
          taps.forEachTap(readBy: range) { tap, frames, offset in
            let isFirst = dx.isFirst && tap == 1
            multiply(
              Factor(dy + (start + frames.lowerBound + offset) * outputs, stride: outputs),
              Factor(weight.values + tap * inputs, stride: 3 * inputs),
              into: Product(dx.pointer + (start + frames.lowerBound) * inputs, stride: inputs),
              rows: frames.count, columns: inputs, inner: outputs, adding: !isFirst)
          }
        }
      }
    }
    return y
  }
}

/// Which frames of a clip the three taps of a dilated convolution read.
private struct Taps {
  let frames: Int
  let dilation: Int

  /// Those of some frames of the result whose tap lies within the clip, and how far away it is.
  func reading(_ tap: Int, _ range: Range<Int>) -> (frames: Range<Int>, offset: Int) {
    let offset = (tap - 1) * dilation
    let (first, end) = (max(range.lowerBound, -offset), min(range.upperBound, frames - offset))
    return (first..<max(first, end), offset)
  }

  /// Calls `body` with each tap, the frames of the result that read it, and the way to what they read;
  /// the middle one, which all frames have, comes first.
  func forEachTap(reading range: Range<Int>, _ body: (Int, Range<Int>, Int) -> Void) {
    for tap in [1, 0, 2] {
      let (frames, offset) = reading(tap, range)
      if !frames.isEmpty { body(tap, frames, offset) }
    }
  }

  /// The same the other way round: with the frames that are read, and the way to those that read
  /// them.
  func forEachTap(readBy range: Range<Int>, _ body: (Int, Range<Int>, Int) -> Void) {
    for tap in [1, 0, 2] {
      let (frames, offset) = reading(2 - tap, range)
      if !frames.isEmpty { body(tap, frames, offset) }
    }
  }
}
