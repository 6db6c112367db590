import Audio
import Autograd
import RunContract

/// Mixes signals of any length with a trained network.
///
/// Up to a minute, or the length of the clips it was trained on if they are longer, a signal is mixed
/// in one piece: for a clip of the training length that is the forward pass of training, to the bit.
/// Longer ones are mixed minute by minute, so that memory does not grow with their length; each piece
/// reads as much more on both sides as the network can see, so that the result is that of one piece
/// but for the last bits of 32-bit sums.
public final class Mixer {
  /// Seconds that are mixed at once.
  public static let pieceSeconds = 60

  /// The model.
  public let model: TrainedModel
  private let network: MixingNetwork
  private let pieceLength: Int

  /// A mixer.
  /// - Parameter pieceLength: samples that are mixed at once, for tests.
  /// - Throws: ``TrainFailure`` (bad data) where the checkpoint's parameters do not fit its config.
  public convenience init(_ model: TrainedModel) throws {
    try self.init(
      model, pieceLength: max(model.sampleCount, Self.pieceSeconds * datasetSampleRate))
  }

  package init(_ model: TrainedModel, pieceLength: Int) throws {
    self.model = model
    self.pieceLength = pieceLength
    network = try model.network(pool: BufferPool())
  }

  /// The shortest signals that can be mixed and judged: a frame of the transform, two segments.
  public var shortest: Int { max(frames.frameLength, 2 * model.segmentLength) }

  /// For the measures of its frames, which all lengths share.
  private let frames = ShortTimeTransform(sampleCount: 1)

  /// Mixes two signals of equal length.
  /// - Parameter progress: is told the samples that are done.
  /// - Throws: ``TrainFailure`` (bad data) where the mix is not finite.
  public func mix(
    _ input: [Float], _ target: [Float], progress: (Int) -> Void = { _ in }
  ) throws -> Mixture {
    precondition(input.count == target.count && input.count >= shortest)
    var output: [Float] = []
    output.reserveCapacity(input.count)
    var masks = MaskMeans()
    for piece in pieces(of: input.count) {
      // A pool of its own: pieces at the ends have other sizes than those between.
      let pool = BufferPool()
      let mixed = mix(
        piece, Array(input[piece.read]), Array(target[piece.read]), adding: &masks, pool: pool)
      let start = piece.kept.lowerBound - piece.read.lowerBound
      output.append(
        contentsOf: UnsafeBufferPointer(start: mixed.values + start, count: piece.kept.count))
      progress(output.count)
    }
    guard output.allSatisfy(\.isFinite) else {
      throw TrainFailure(
        .badData, "the mix holds values that are no finite numbers: the sources are too loud")
    }
    return Mixture(
      output: output, input: input, target: target, masks: masks.means, model: model)
  }

  private func pieces(of sampleCount: Int) -> [Piece] {
    if sampleCount <= pieceLength {
      return [Piece(kept: 0..<sampleCount, read: 0..<sampleCount)]
    }
    return PieceCutter(
      model.settings.network, length: pieceLength, hop: frames.hop, frameLength: frames.frameLength
    ).pieces(of: sampleCount)
  }

  private func mix(
    _ piece: Piece, _ input: [Float], _ target: [Float], adding means: inout MaskMeans,
    pool: BufferPool
  ) -> Tensor {
    let stride = model.settings.network.stride
    // The envelope of the whole signal is found later.
    let analysis = SourceAnalysis(
      sampleCount: input.count, segments: 1, stride: stride, threads: 1, pool: pool)
    let batch = Batch(
      names: [""], inputs: [analysis.source(input)], targets: [analysis.source(target)])
    let tape = Tape(pool: pool, recording: false)
    let masks = network.masks(batch.features(pool: pool), clips: 1, on: tape)
    means.add(masks, of: piece, frames: analysis.transform.frames, stride: stride, hop: frames.hop)
    return tape.mixedWaveforms(
      masks: masks, inputs: batch.inputs.map(\.spectrum), targets: batch.targets.map(\.spectrum),
      expansion: analysis.mel.expansion, transform: analysis.transform, stride: stride)
  }
}

/// The mean masks over the frames of all pieces, each frame counted once.
private struct MaskMeans {
  private var sums = [0.0, 0.0]
  private var frames = 0

  mutating func add(_ masks: Tensor, of piece: Piece, frames: Int, stride: Int, hop: Int) {
    let group = stride * hop
    let isLast = piece.kept.upperBound == piece.read.upperBound
    let first = (piece.kept.lowerBound - piece.read.lowerBound) / group
    let end = isLast ? masks.rows : (piece.kept.upperBound - piece.read.lowerBound) / group
    for row in first..<end {
      // The last group may be short.
      let weight = min(stride, frames - row * stride)
      self.frames += weight
      for side in 0..<2 {
        let start = masks.values + (row * 2 + side) * melBands
        let sum = (0..<melBands).reduce(Float(0)) { $0 + start[$1] }
        sums[side] += Double(sum) * Double(weight)
      }
    }
  }

  var means: [Double] { sums.map { $0 / Double(frames * melBands) } }
}
