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
  private let inputValues: [UnsafePointer<Float>]
  private let targetValues: [UnsafePointer<Float>]

  init(
    inputs: [Tensor], targets: [Tensor], expansion: BandExpansion, transform: ShortTimeTransform,
    stride: Int
  ) {
    self.inputs = inputs
    self.targets = targets
    self.expansion = expansion
    self.transform = transform
    self.stride = stride
    inputValues = inputs.map { UnsafePointer($0.values) }
    targetValues = targets.map { UnsafePointer($0.values) }
  }

  var groups: Int { pooledFrameCount(transform.frames, stride: stride) }
  var maskColumns: Int { 2 * expansion.bands }

  private var blocks: Int { transform.blocks }
  private var parts: Int { inputs.count * blocks }
  /// A thread's memory: points and samples of a block, then masks or their gradients in lanes.
  private var scratchCount: Int { transform.scratchCount + maskColumns * lanes }

  func forward(
    _ masks: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, _ pool: BufferPool,
    _ crew: Crew
  ) {
    let scratch = pool.take(crew.threads * scratchCount)
    let samples = BlockSamples(transform, clips: inputs.count, pool: pool)
    let (length, sums) = (transform.sampleCount, transform.inverseWindowSum)
    crew.forEach(parts) { worker, part in
      let (clip, block) = (part / blocks, part % blocks)
      let points = scratch.pointer + worker * scratchCount
      let span = points + transform.plan.pointCount
      mix(clip, block, masks, into: points, lanes: points + transform.scratchCount)
      samples.overlap(points: points, window: transform.synthesisWindow, into: span)
      samples.split(clip: clip, block: block, span) { first, place, count in
        kernels.multiply(y + clip * length + first, span + place, sums + first, Int64(count))
      }
    }
    samples.joinTails(crew) { clip, tail, first, count in
      kernels.add_product(y + clip * length + first, tail, sums + first, Int64(count))
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
      transform.analyse(span: span, window: transform.synthesisWindow, points: points)
      kernels.mix_gradient(
        transform.plan.tables, expansion.tables, points,
        inputValues[clip] + block * transform.blockCount,
        targetValues[clip] + block * transform.blockCount, gradient)
      let targets = (0..<lanes).map { rows.pointer + (part * lanes + $0) * maskColumns }
      kernels.lanes_to_rows(targets, gradient, Int64(maskColumns))
    }
    let (frames, columns, groups) = (transform.frames, maskColumns, groups)
    crew.forEach(inputs.count) { [stride, blocks, source = rows.pointer] _, clip in
      for frame in 0..<frames {
        let row = source + (clip * blocks * lanes + frame) * columns
        add(row, to: dm + (clip * groups + frame / stride) * columns, columns)
      }
    }
  }

  /// The points of a block's mixed spectrum.
  private func mix(
    _ clip: Int, _ block: Int, _ masks: UnsafePointer<Float>,
    into points: UnsafeMutablePointer<Float>, lanes masksInLanes: UnsafeMutablePointer<Float>
  ) {
    let rows = (block * lanes..<(block + 1) * lanes).map { frame in
      // Beyond the last frame the spectra are silent, and any mask will do.
      masks + (clip * groups + min(frame, transform.frames - 1) / stride) * maskColumns
    }
    kernels.rows_to_lanes(masksInLanes, rows, Int64(maskColumns))
    kernels.mix_points(
      transform.plan.tables, expansion.tables, masksInLanes,
      inputValues[clip] + block * transform.blockCount,
      targetValues[clip] + block * transform.blockCount, points)
  }
}
