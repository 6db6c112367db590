import Autograd
import Communicator
import Penalties
import RunContract

/// One term of the loss.
public struct LossTerm {
  /// The metric's name.
  public let name: String
  /// Its factor.
  public let factor: Double
  /// Its value before the factor, 1 × 1: this rank's share of the whole batch's.
  public let value: Tensor
  /// Whether every rank has the whole batch's value already.
  public let isGlobal: Bool
}

/// One forward pass over a batch, its loss, and what the loss is made of.
public struct MixingResult {
  /// The terms, the correlation penalty first.
  public let terms: [LossTerm]
  /// The weighted sum that is trained on.
  public let loss: Tensor
  /// The mixed waveforms, clips × samples.
  public let output: Tensor
  /// The masks, (clips × groups) × (bands of input, bands of target).
  public let masks: Tensor
  /// Correlation of the output's envelope with the input's, clip by clip.
  public let correlationInput: Tensor
  /// Correlation of the output's envelope with the target's.
  public let correlationTarget: Tensor
  /// This rank's share of the mean input mask and of the mean target mask over the whole batch.
  public let maskMeans: [Double]

  /// The value of a term before its factor; `nil` where the loss has no such term.
  public func term(_ name: String) -> Tensor? { terms.first { $0.name == name }?.value }
}

/// What the terms of the loss are made from.
final class ForwardPass {
  let tape: Tape
  let batch: Batch
  /// The clips of the whole batch.
  let clips: Int
  let masks: Tensor
  let output: Tensor
  let maskWeights: [Float]
  private let settings: TrainSettings

  private lazy var peaks = tape.segmentPeaks(output, segments: settings.segments)
  private(set) lazy var correlationInput = correlation(batch.inputs)
  private(set) lazy var correlationTarget = correlation(batch.targets)
  /// RMS(output − input) and RMS(output − target), in one walk over the output.
  private(set) lazy var rootMeanSquares = tape.rootMeanSquares(
    of: output, minus: [batch.inputs, batch.targets].map { $0.map(\.samples) }, clips: clips)

  init(
    tape: Tape, batch: Batch, clips: Int, masks: Tensor, output: Tensor, maskWeights: [Float],
    settings: TrainSettings
  ) {
    self.tape = tape
    self.batch = batch
    self.clips = clips
    self.masks = masks
    self.output = output
    self.maskWeights = maskWeights
    self.settings = settings
  }

  /// The same pass for measures that nobody asks the gradient of.
  var offTape: ForwardPass {
    ForwardPass(
      tape: Tape(pool: tape.pool, recording: false), batch: batch, clips: clips, masks: masks,
      output: output, maskWeights: maskWeights, settings: settings)
  }

  private func correlation(_ sources: [Source]) -> Tensor {
    tape.pearson(
      peaks, with: sources.map(\.envelope), epsilon: settings.pearsonEpsilon,
      form: PearsonForm(rawValue: settings.pearson) ?? .floor)
  }
}

/// How a term is made.
struct TermRecipe {
  let name: String
  let factor: Double
  var isGlobal = false
  let make: (ForwardPass) -> Tensor

  func term(_ pass: ForwardPass) -> LossTerm {
    LossTerm(name: name, factor: factor, value: make(pass), isGlobal: isGlobal)
  }
}

/// The terms of the loss that a config asks for, the correlation penalty first.
/// - Throws: ``TrainFailure`` where penalty or form of Pearson are in no table.
func lossRecipes(
  _ settings: TrainSettings, _ analysis: SourceAnalysis, _ communicator: any Communicator
) throws -> [TermRecipe] {
  guard let form = penalty(named: settings.penalty, settings.penaltyOptions) else {
    throw TrainFailure(.badData, "config: there is no penalty \"\(settings.penalty)\"")
  }
  guard PearsonForm(rawValue: settings.pearson) != nil else {
    throw TrainFailure(.badData, "config: there is no form of Pearson \"\(settings.pearson)\"")
  }
  let penalty = TermRecipe(name: MetricName.corrPenalty, factor: settings.corrWeight) { pass in
    let costs = [pass.correlationInput, pass.correlationTarget].map {
      pass.tape.meanOfMagnitudes(
        $0, clips: pass.clips, form.cost, derivative: form.gradient)
    }
    return pass.tape.weightedSum(costs.map { (1, $0) })
  }
  let balance = TermRecipe(name: "balance", factor: settings.balanceWeight, isGlobal: true) {
    $0.tape.balance($0.masks, weights: $0.maskWeights) { communicator.sum($0) }
  }
  return [penalty]
    + sourceRecipes("input", settings.inputWeights, analysis, rms: \.rootMeanSquares[0], \.inputs)
    + sourceRecipes(
      "target", settings.targetWeights, analysis, rms: \.rootMeanSquares[1], \.targets) + [balance]
}

/// The terms that compare the output with one of its sources; those that cost time and count nothing
/// are left out.
private func sourceRecipes(
  _ name: String, _ weights: SourceWeights, _ analysis: SourceAnalysis,
  rms: @escaping (ForwardPass) -> Tensor, _ sources: @escaping (Batch) -> [Source]
) -> [TermRecipe] {
  let rms = TermRecipe(name: "rms_\(name)", factor: weights.rms, make: rms)
  let stft = TermRecipe(name: "stft_\(name)", factor: weights.stft) { pass in
    pass.tape.spectralDistance(
      of: pass.output, to: sources(pass.batch).map(\.samples),
      analysis.lossTransforms, clips: pass.clips)
  }
  let mel = TermRecipe(name: "mel_\(name)", factor: weights.mel) { pass in
    pass.tape.bandDistance(
      of: pass.output, to: sources(pass.batch).map(\.spectrum), analysis.mel.filters,
      floor: MelScale.floor,
      transform: analysis.transform, clips: pass.clips)
  }
  return [rms] + [stft, mel].filter { $0.factor > 0 }
}
