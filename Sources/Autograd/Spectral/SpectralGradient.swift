extension ShortTimeTransform {
  /// How many of a block's sixteen frames are frames of the clip.
  func used(ofBlock block: Int) -> Int { min(lanes, frames - block * lanes) }
}

/// Adds to the gradient of waveforms what follows from a gradient of their spectra.
/// - Parameters:
///   - x: clips × samples.
///   - room: the floats that `body` wants for itself.
///   - body: (clip, block, bins, space, room): turns the bins of a block into their gradient, that of
///     bins which stand for their conjugates too halved. `space` is scratch memory for another analysis.
func addSpectralGradient(
  to x: Tensor, _ transform: ShortTimeTransform, room: Int, pool: BufferPool, crew: Crew,
  _ body: (
    Int, Int, UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>
  ) -> Void
) {
  let blocks = transform.blocks
  let size = transform.scratchCount + transform.blockCount + room
  let scratch = pool.take(crew.threads * size)
  let samples = BlockSamples(transform, clips: x.rows, pool: pool)
  let dx = x.gradient
  crew.forEach(x.rows * blocks) { worker, part in
    let (clip, block) = (part / blocks, part % blocks)
    let space = scratch.pointer + worker * size
    let bins = space + transform.scratchCount
    transform.analyse(block: block, of: x.values + clip * x.columns, space: space, into: bins)
    body(clip, block, bins, space, bins + transform.blockCount)
    for row in 0..<transform.columns {
      let used = transform.used(ofBlock: block)
      (bins + row * lanes + used).update(repeating: 0, count: lanes - used)
    }
    let span = space + transform.plan.pointCount
    kernels.points_of_bins(transform.plan.tables, bins, space)
    samples.overlap(points: space, window: transform.window, into: span)
    samples.split(clip: clip, block: block, span) { first, place, count in
      add(span + place, to: dx + clip * x.columns + first, count)
    }
  }
  samples.joinTails(crew) { clip, tail, first, count in
    add(tail, to: dx + clip * x.columns + first, count)
  }
}
