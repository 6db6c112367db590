/// A stretch of a long signal that is mixed by itself.
struct Piece: Equatable {
  /// The samples that the mix takes from it.
  let kept: Range<Int>
  /// The samples that it is computed from: those kept and all that they depend on.
  let read: Range<Int>
}

/// How a signal is cut so that the pieces' kept parts make the very mix of the whole: every piece
/// begins on a group of frames and reads as far beyond its kept part as the network sees.
struct PieceCutter {
  /// Samples that are kept of one piece, where there are several.
  let length: Int
  /// Samples of a group of frames, the network's step in time.
  let group: Int
  /// Samples on either side that a kept sample depends on, in whole groups.
  let context: Int

  /// - Parameters:
  ///   - length: about how many samples to keep of a piece.
  ///   - hop: samples from frame to frame.
  ///   - frameLength: samples of a frame.
  init(_ shape: NetworkShape, length: Int, hop: Int, frameLength: Int) {
    let group = hop * shape.stride
    self.group = group
    self.length = max(1, length / group) * group
    let reach = (0..<shape.depth).reduce(0) { $0 + shape.dilation(ofBlock: $1) }
    // A sample depends on the frames within half a frame of it, their masks on the groups within the
    // network's reach, and these on samples half a frame further.
    let half = (frameLength / 2 + group - 1) / group
    context = (reach + 2 * half + 1) * group
  }

  /// The pieces of a signal, in order.
  func pieces(of sampleCount: Int) -> [Piece] {
    stride(from: 0, to: sampleCount, by: length).map { start in
      let end = min(sampleCount, start + length)
      return Piece(
        kept: start..<end, read: max(0, start - context)..<min(sampleCount, end + context))
    }
  }
}
