import Autograd
import Communicator
import Penalties

/// The model with its loss: what a step of training and a pass of validation share.
public final class MixingModel {
  /// The network that is trained.
  public let network: MixingNetwork
  /// The names and factors of the loss's terms, in their order.
  public let terms: [(name: String, factor: Double)]
  private let recipes: [TermRecipe]
  private let settings: TrainSettings
  private let analysis: SourceAnalysis
  private let communicator: any Communicator

  /// The model of these settings for clips as `analysis` prepares them.
  /// - Throws: ``TrainFailure`` where penalty or form of Pearson are in no table.
  public init(
    _ settings: TrainSettings, analysis: SourceAnalysis, pool: BufferPool,
    communicator: any Communicator = SingleRank()
  ) throws {
    recipes = try lossRecipes(settings, analysis, communicator)
    terms = recipes.map { ($0.name, $0.factor) }
    self.settings = settings
    self.analysis = analysis
    self.communicator = communicator
    network = MixingNetwork(
      settings.network, initScale: settings.initScale, seed: settings.seed, pool: pool)
  }

  /// Mixes the pairs of a batch and measures the loss.
  /// - Parameter clips: the clips of the whole batch where others of them are on other ranks; the terms
  ///   are shares of its means then.
  public func mix(_ batch: Batch, clips: Int? = nil, on tape: Tape) -> MixingResult {
    let pass = forward(batch, clips: clips, tape)
    // What has no weight is measured beside the tape: not even zero times infinity comes of it.
    let aside = pass.offTape
    let terms = recipes.map { $0.term($0.factor == 0 ? aside : pass) }
    let weighted = terms.filter { $0.factor != 0 }.map { ($0.factor, $0.value) }
    let correlations = settings.corrWeight == 0 ? aside : pass
    return MixingResult(
      terms: terms, loss: tape.weightedSum(weighted), output: pass.output, masks: pass.masks,
      correlationInput: correlations.correlationInput,
      correlationTarget: correlations.correlationTarget, maskMeans: maskMeans(pass))
  }

  /// One term of the loss alone, with its factor: nothing else is on the tape, so that another term
  /// that is not finite cannot spoil its gradient.
  func term(_ name: String, _ batch: Batch, clips: Int, on tape: Tape) -> Tensor? {
    let pass = forward(batch, clips: clips, tape)
    return recipes.first { $0.name == name }.map { recipe in
      tape.weightedSum([(recipe.factor, recipe.term(pass).value)])
    }
  }

  /// Takes the part of a rank without a clip in the sums of ``mix(_:clips:on:)``.
  func mixNothing() { _ = communicator.sum([0, 0, 0]) }

  private func forward(_ batch: Batch, clips: Int?, _ tape: Tape) -> ForwardPass {
    let masks = network.masks(
      batch.features(pool: tape.pool), clips: batch.inputs.count, on: tape)
    let output = tape.mixedWaveforms(
      masks: masks, inputs: batch.inputs.map(\.spectrum), targets: batch.targets.map(\.spectrum),
      expansion: analysis.mel.expansion, transform: analysis.transform,
      stride: settings.network.stride)
    return ForwardPass(
      tape: tape, batch: batch, clips: clips ?? batch.inputs.count, masks: masks, output: output,
      maskWeights: maskWeights(clips: batch.inputs.count), settings: settings)
  }

  /// Sums over this rank's masks divided by what the whole batch has of them.
  private func maskMeans(_ pass: ForwardPass) -> [Double] {
    let count = Double(pass.clips * analysis.transform.frames * melBands)
    return (0..<2).map { side in
      var total = 0.0
      for row in 0..<pass.masks.rows {
        let start = pass.masks.values + (row * 2 + side) * melBands
        var sum: Float = 0
        for band in 0..<melBands { sum += start[band] }
        total += Double(sum) * Double(pass.maskWeights[row])
      }
      return total / count
    }
  }

  /// How many frames each row of masks stands for: the last group of a clip may be short.
  private func maskWeights(clips: Int) -> [Float] {
    let (frames, stride) = (analysis.transform.frames, settings.network.stride)
    let groups = pooledFrameCount(frames, stride: stride)
    let clip =
      [Float](repeating: Float(stride), count: groups - 1)
      + [Float(frames - (groups - 1) * stride)]
    return (0..<clips).flatMap { _ in clip }
  }
}
