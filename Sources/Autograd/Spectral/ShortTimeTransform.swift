import Foundation

/// The short-time Fourier transform of clips of one length and its inverse: periodic Hann window,
/// frames centred on multiples of the hop, zeros beyond the clip's ends (`torch.stft` with
/// `center=True, pad_mode="constant"`), the inverse divided by Σw².
///
/// Sixteen frames are transformed at once, one a lane of the processor's vectors. A spectrum is kept
/// that way: block after block of sixteen frames, in each the real parts of all bins, then their
/// imaginary parts, and of each bin the sixteen frames side by side.
public final class ShortTimeTransform: Sendable {
  /// The samples of a frame, N.
  public let frameLength: Int
  /// The samples between two frames.
  public let hop: Int
  /// The samples of a clip.
  public let sampleCount: Int
  /// The frames of a clip: 1 + ⌊samples/hop⌋.
  public let frames: Int
  /// The bins of a frame: N/2 + 1.
  public let bins: Int
  /// Real and imaginary parts of a frame's bins.
  public var columns: Int { 2 * bins }
  /// Blocks of sixteen frames, the last one filled up with silence.
  public var blocks: Int { (frames + lanes - 1) / lanes }
  /// The floats of a block.
  public var blockCount: Int { columns * lanes }

  let plan: FourierPlan
  let window: [Float]
  /// window/N: the inverse transform's factor is folded in.
  let synthesisWindow: [Float]
  /// 1/Σw² at each sample of the clip. Nobody writes to it.
  nonisolated(unsafe) let inverseWindowSum: UnsafePointer<Float>
  /// The samples that one block moves on.
  var blockHop: Int { lanes * hop }
  /// The samples that the frames of a block cover.
  var blockSpan: Int { (lanes - 1) * hop + frameLength }

  /// The transform of clips of `sampleCount` samples.
  /// - Parameters:
  ///   - frameLength: a power of two from 16 on.
  ///   - hop: from a sixteenth of the frame to its half.
  public init(sampleCount: Int, frameLength: Int = 1024, hop: Int = 256) {
    precondition(sampleCount > 0 && hop > 0 && hop <= frameLength / 2)
    precondition(frameLength <= lanes * hop)
    self.frameLength = frameLength
    self.hop = hop
    self.sampleCount = sampleCount
    frames = 1 + sampleCount / hop
    bins = frameLength / 2 + 1
    plan = FourierPlan(length: frameLength)
    let exact = (0..<frameLength).map { i in
      0.5 - 0.5 * cos(2 * Double.pi * Double(i) / Double(frameLength))
    }
    window = exact.map { Float($0) }
    synthesisWindow = exact.map { Float($0 / Double(frameLength)) }
    var squares = [Double](repeating: 0, count: (frames - 1) * hop + frameLength)
    for frame in 0..<frames {
      for i in 0..<frameLength { squares[frame * hop + i] += exact[i] * exact[i] }
    }
    let lead = frameLength / 2
    let sums = UnsafeMutablePointer<Float>.allocate(capacity: sampleCount)
    for i in 0..<sampleCount { (sums + i).initialize(to: Float(1 / squares[lead + i])) }
    inverseWindowSum = UnsafePointer(sums)
  }

  deinit { inverseWindowSum.deallocate() }

  /// The spectrum of a clip.
  /// - Parameter samples: ``sampleCount`` samples.
  /// - Returns: ``blocks`` × ``blockCount``.
  public func spectrum(
    of samples: UnsafePointer<Float>, pool: BufferPool, crew: Crew = .shared
  ) -> Tensor {
    let spectrum = Tensor(rows: blocks, columns: blockCount, pool: pool)
    let scratch = pool.take(crew.threads * scratchCount)
    crew.forEach(blocks) { worker, block in
      analyse(
        block: block, of: samples, space: scratch.pointer + worker * scratchCount,
        into: spectrum.values + block * blockCount)
    }
    silenceBeyondEnd(spectrum)
    return spectrum
  }

  /// Frame after frame of a spectrum: the real parts of its bins, then the imaginary parts.
  /// - Parameter rows: ``frames`` × ``columns``, overwritten.
  public func copyFrames(of spectrum: Tensor, to rows: UnsafeMutablePointer<Float>) {
    precondition(spectrum.rows == blocks && spectrum.columns == blockCount)
    let spare = UnsafeMutablePointer<Float>.allocate(capacity: columns)
    defer { spare.deallocate() }
    for block in 0..<blocks {
      let targets = (block * lanes..<(block + 1) * lanes).map { frame in
        frame < frames ? rows + frame * columns : spare
      }
      kernels.lanes_to_rows(targets, spectrum.values + block * blockCount, Int64(columns))
    }
  }

  /// Frames after the last one, which the transform has computed only because blocks are whole.
  private func silenceBeyondEnd(_ spectrum: Tensor) {
    let used = frames - (blocks - 1) * lanes
    let last = spectrum.values + (blocks - 1) * blockCount
    for row in 0..<columns {
      (last + row * lanes + used).update(repeating: 0, count: lanes - used)
    }
  }

  /// The floats that a thread needs: a block's points, then its samples.
  var scratchCount: Int { plan.pointCount + (blockSpan + lanes - 1) / lanes * lanes }

  /// The part of a clip that lies within a block, and where in the block's samples it begins.
  func clipRange(ofBlock block: Int) -> (samples: Range<Int>, place: Int) {
    let begin = block * blockHop - frameLength / 2
    let first = max(0, begin)
    return (first..<max(first, min(sampleCount, begin + blockSpan)), first - begin)
  }

  /// The samples of a block, zeros beyond the clip's ends, times 1/Σw² where `normalised`.
  func copySpan(
    ofBlock block: Int, from samples: UnsafePointer<Float>, to span: UnsafeMutablePointer<Float>,
    normalised: Bool = false
  ) {
    let (range, place) = clipRange(ofBlock: block)
    let end = place + range.count
    span.update(repeating: 0, count: place)
    (span + end).update(repeating: 0, count: blockSpan - end)
    if normalised {
      kernels.multiply(
        span + place, samples + range.lowerBound, inverseWindowSum + range.lowerBound,
        Int64(range.count))
    } else {
      (span + place).update(from: samples + range.lowerBound, count: range.count)
    }
  }

  /// The points of a block's frames.
  func analyse(
    span: UnsafePointer<Float>, window: [Float], points: UnsafeMutablePointer<Float>
  ) {
    kernels.load_frames(plan.tables, points, span, Int64(hop), window)
    kernels.forward(plan.tables, points)
  }

  /// The bins of a block of a clip; `space` is ``scratchCount`` floats.
  func analyse(
    block: Int, of samples: UnsafePointer<Float>, space: UnsafeMutablePointer<Float>,
    into bins: UnsafeMutablePointer<Float>
  ) {
    let span = space + plan.pointCount
    copySpan(ofBlock: block, from: samples, to: span)
    analyse(span: span, window: window, points: space)
    kernels.bins_of_points(plan.tables, space, bins)
  }
}
