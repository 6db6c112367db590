/// The way from blocks of frames back to the samples of clips, by threads that each take whole blocks:
/// what a block's frames reach into the next block is kept apart and added at the end.
struct BlockSamples {
  let transform: ShortTimeTransform
  let clips: Int
  private let tails: Buffer

  /// Room for the blocks of so many clips.
  init(_ transform: ShortTimeTransform, clips: Int, pool: BufferPool) {
    self.transform = transform
    self.clips = clips
    tails = pool.take(clips * transform.blocks * (transform.blockSpan - transform.blockHop))
  }

  /// The samples that the frames of a block cover, from their points. `span` is overwritten.
  func overlap(
    points: UnsafeMutablePointer<Float>, window: [Float], into span: UnsafeMutablePointer<Float>
  ) {
    span.update(repeating: 0, count: transform.blockSpan)
    kernels.inverse(transform.plan.tables, points)
    kernels.add_frames(transform.plan.tables, points, span, Int64(transform.hop), window)
  }

  /// Hands each run of a block's samples that lies within the clip to `write`: (where in the clip,
  /// where in the block, how many); those that the next block begins with go to the tails.
  func split(
    clip: Int, block: Int, _ span: UnsafePointer<Float>, write: (Int, Int, Int) -> Void
  ) {
    let (range, place) = transform.clipRange(ofBlock: block)
    let own = min(range.count, max(0, transform.blockHop - place))
    if block == transform.blocks - 1 {
      write(range.lowerBound, place, range.count)
    } else {
      write(range.lowerBound, place, own)
      tail(clip, block).update(from: span + transform.blockHop, count: tailCount)
    }
  }

  /// Calls `add` for each clip with every tail, where it belongs in the clip, and its length.
  func joinTails(_ crew: Crew, add: (_ clip: Int, UnsafePointer<Float>, Int, Int) -> Void) {
    crew.forEach(clips) { _, clip in
      for block in 1..<max(1, transform.blocks) {
        let (range, place) = transform.clipRange(ofBlock: block)
        let count = min(range.count, tailCount - place)
        if count > 0 { add(clip, tail(clip, block - 1) + place, range.lowerBound, count) }
      }
    }
  }

  private var tailCount: Int { transform.blockSpan - transform.blockHop }

  private func tail(_ clip: Int, _ block: Int) -> UnsafeMutablePointer<Float> {
    tails.pointer + (clip * transform.blocks + block) * tailCount
  }
}
