import CKernels

extension Tape {
  /// The waveforms mixed by masks: each band's mask is expanded to bins, each source's spectrum is
  /// weighed with its own mask, and the sum is transformed back.
  ///
  /// One operation from masks to samples: a block's bins stay in the second-level cache, where mask
  /// planes and mixed spectra as tensors of their own would be some 20 MB of traffic a step.
  /// - Parameters:
  ///   - masks: (clips × groups) × (bands of the input source, bands of the target source); a group
  ///     is `stride` frames.
  ///   - inputs: the spectrum of each clip's input source (``ShortTimeTransform/spectrum(of:pool:crew:)``).
  ///   - targets: the same of the target sources.
  /// - Returns: clips × samples.
  public func mixedWaveforms(
    masks: Tensor, inputs: [Tensor], targets: [Tensor], expansion: BandExpansion,
    transform: ShortTimeTransform, stride: Int
  ) -> Tensor {
    let clips = inputs.count
    let mix = SpectralMix(
      inputs: inputs, targets: targets, expansion: expansion, transform: transform, stride: stride)
    precondition(targets.count == clips && masks.rows == clips * mix.groups)
    precondition(masks.columns == mix.maskColumns && expansion.bins == transform.bins)
    precondition(
      (inputs + targets).allSatisfy {
        $0.rows == transform.blocks && $0.columns == transform.blockCount
      })
    let y = result(rows: clips, columns: transform.sampleCount, of: masks)
    mix.forward(masks.values, into: y.values, pool, crew)
    record(y) { [pool, crew] in mix.backward(y.gradient, addingTo: masks.gradient, pool, crew) }
    return y
  }
}

/// The operands of one mix that both directions need.
private struct SpectralMix {
  let inputs: [Tensor]
  let targets: [Tensor]
  let expansion: BandExpansion
  let transform: ShortTimeTransform
  let stride: Int

  var groups: Int { pooledFrameCount(transform.frames, stride: stride) }
  var maskColumns: Int { 2 * expansion.bands }

  private var blocks: Int { transform.blocks }
  private var parts: Int { inputs.count * blocks }
  /// A thread's memory: points and samples of a block, then masks or their gradients in lanes.
  private var scratchCount: Int { transform.scratchCount + maskColumns * lanes }
  /// What a block's frames reach into the next block.
  private var tailCount: Int { transform.blockSpan - transform.blockHop }

  func forward(
    _ masks: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, _ pool: BufferPool,
    _ crew: Crew
  ) {
    let scratch = pool.take(crew.threads * scratchCount)
    let tails = pool.take(parts * tailCount)
    crew.forEach(parts) { worker, part in
      let points = scratch.pointer + worker * scratchCount
      mix(part, masks, into: points, lanes: points + transform.scratchCount)
      let span = points + transform.plan.pointCount
      span.update(repeating: 0, count: transform.blockSpan)
      kernels.inverse(transform.plan.tables, points)
      kernels.add_frames(
        transform.plan.tables, points, span, Int64(transform.hop), transform.synthesisWindow)
      write(span, part, to: y, tail: tails.pointer + part * tailCount)
    }
    crew.forEach(inputs.count) { _, clip in
      for block in 1..<max(1, blocks) {
        let tail = tails.pointer + (clip * blocks + block - 1) * tailCount
        addTail(tail, toBlock: block, y + clip * transform.sampleCount)
      }
    }
  }

  func backward(
    _ dy: UnsafePointer<Float>, addingTo dm: UnsafeMutablePointer<Float>, _ pool: BufferPool,
    _ crew: Crew
  ) {
    let scratch = pool.take(crew.threads * scratchCount)
    let rows = pool.take(parts * lanes * maskColumns)
    crew.forEach(parts) { worker, part in
      let (clip, block) = (part / blocks, part % blocks)
      let points = scratch.pointer + worker * scratchCount
      let span = points + transform.plan.pointCount
      let gradient = points + transform.scratchCount
      transform.copySpan(
        ofBlock: block, from: dy + clip * transform.sampleCount, to: span, normalised: true)
      kernels.load_frames(
        transform.plan.tables, points, span, Int64(transform.hop), transform.synthesisWindow)
      kernels.forward(transform.plan.tables, points)
      kernels.mix_gradient(
        transform.plan.tables, expansion.tables, points,
        inputs[clip].values + block * transform.blockCount,
        targets[clip].values + block * transform.blockCount, gradient)
      let targets = (0..<lanes).map { rows.pointer + (part * lanes + $0) * maskColumns }
      kernels.lanes_to_rows(targets, gradient, Int64(maskColumns))
    }
    crew.forEach(inputs.count) { _, clip in
      for frame in 0..<transform.frames {
        let row = rows.pointer + (clip * blocks * lanes + frame) * maskColumns
        add(row, to: dm + (clip * groups + frame / stride) * maskColumns, maskColumns)
      }
    }
  }

  /// The points of a block's mixed spectrum.
  private func mix(
    _ part: Int, _ masks: UnsafePointer<Float>, into points: UnsafeMutablePointer<Float>,
    lanes masksInLanes: UnsafeMutablePointer<Float>
  ) {
    let (clip, block) = (part / blocks, part % blocks)
    let rows = (block * lanes..<(block + 1) * lanes).map { frame in
      // Beyond the last frame the spectra are silent, and any mask will do.
      masks + (clip * groups + min(frame, transform.frames - 1) / stride) * maskColumns
    }
    kernels.rows_to_lanes(masksInLanes, rows, Int64(maskColumns))
    kernels.mix_points(
      transform.plan.tables, expansion.tables, masksInLanes,
      inputs[clip].values + block * transform.blockCount,
      targets[clip].values + block * transform.blockCount, points)
  }

  /// Writes a block's samples, but for the tail that the next block begins with, which is kept apart:
  /// blocks are then free to run at once.
  private func write(
    _ span: UnsafePointer<Float>, _ part: Int, to y: UnsafeMutablePointer<Float>,
    tail: UnsafeMutablePointer<Float>
  ) {
    let (clip, block) = (part / blocks, part % blocks)
    let (range, place) = transform.clipRange(ofBlock: block)
    let isLast = block == blocks - 1
    let own = isLast ? range.count : min(range.count, max(0, transform.blockHop - place))
    tail.update(repeating: 0, count: tailCount)
    transform.inverseWindowSum.withUnsafeBufferPointer { sums in
      guard let sums = sums.baseAddress else { return }
      let first = range.lowerBound
      kernels.multiply(
        y + clip * transform.sampleCount + first, span + place, sums + first, Int64(own))
      let rest = range.count - own
      // What begins the next block, of which the clip may have less.
      kernels.multiply(
        tail + place + own - transform.blockHop, span + place + own, sums + first + own,
        Int64(isLast ? 0 : rest))
    }
  }

  /// Adds the tail of the block before.
  private func addTail(
    _ tail: UnsafePointer<Float>, toBlock block: Int, _ y: UnsafeMutablePointer<Float>
  ) {
    let (range, place) = transform.clipRange(ofBlock: block)
    let count = min(range.count, tailCount - place)
    if count > 0 { add(tail + place, to: y + range.lowerBound, count) }
  }
}
