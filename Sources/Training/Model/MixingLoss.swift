import Autograd
import Penalties

/// One forward pass over a batch, its loss, and what the loss is made of.
public struct MixingResult {
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
  /// Mean of f(|c_input|) + f(|c_target|), before its weight.
  public let corrPenalty: Tensor
  /// RMS(output − input).
  public let rmsInput: Tensor
  /// RMS(output − target).
  public let rmsTarget: Tensor
  /// (mean input mask − ½)² + (mean target mask − ½)², before its weight.
  public let balance: Tensor
}

/// The model with its loss: what a step of training and a pass of validation share.
public final class MixingModel {
  /// The network that is trained.
  public let network: MixingNetwork
  private let settings: TrainSettings
  private let form: Penalty
  private let analysis: SourceAnalysis

  /// The model of these settings for clips as `analysis` prepares them.
  /// - Throws: ``TrainFailure`` where the penalty is in no table.
  public init(_ settings: TrainSettings, analysis: SourceAnalysis, pool: BufferPool) throws {
    guard let form = penalty(named: settings.penalty, settings.penaltyOptions) else {
      throw TrainFailure(.badData, "config: there is no penalty \"\(settings.penalty)\"")
    }
    self.form = form
    self.settings = settings
    self.analysis = analysis
    network = MixingNetwork(
      settings.network, initScale: settings.initScale, seed: settings.seed, pool: pool)
  }

  /// Mixes the pairs of a batch and measures the loss.
  public func mix(_ batch: Batch, on tape: Tape) -> MixingResult {
    let (inputs, targets) = (batch.inputs, batch.targets)
    let masks = network.masks(
      batch.features(pool: tape.pool), clips: inputs.count, on: tape)
    let output = tape.mixedWaveforms(
      masks: masks, inputs: inputs.map(\.spectrum), targets: targets.map(\.spectrum),
      expansion: analysis.mel.expansion, transform: analysis.transform,
      stride: settings.network.stride)
    let peaks = tape.segmentPeaks(output, segments: settings.segments)
    let cInput = correlation(peaks, inputs, tape)
    let cTarget = correlation(peaks, targets, tape)
    let costs = [cInput, cTarget].map {
      (1.0, tape.meanOfMagnitudes($0, form.cost, derivative: form.gradient))
    }
    let penalty = tape.weightedSum(costs)
    let rmsInput = tape.rootMeanSquare(of: output, minus: inputs.map(\.samples))
    let rmsTarget = tape.rootMeanSquare(of: output, minus: targets.map(\.samples))
    let balance = tape.balance(masks, weights: groupWeights(clips: inputs.count))
    let loss = tape.weightedSum([
      (settings.corrWeight, penalty), (settings.inputWeights.rms, rmsInput),
      (settings.targetWeights.rms, rmsTarget), (settings.balanceWeight, balance),
    ])
    return MixingResult(
      loss: loss, output: output, masks: masks, correlationInput: cInput,
      correlationTarget: cTarget, corrPenalty: penalty, rmsInput: rmsInput, rmsTarget: rmsTarget,
      balance: balance)
  }

  private func correlation(_ peaks: Tensor, _ sources: [Source], _ tape: Tape) -> Tensor {
    tape.pearson(peaks, with: sources.map(\.envelope), epsilon: settings.pearsonEpsilon)
  }

  /// How many frames each row of masks stands for: the last group of a clip may be short.
  private func groupWeights(clips: Int) -> [Float] {
    let (frames, stride) = (analysis.transform.frames, settings.network.stride)
    let groups = pooledFrameCount(frames, stride: stride)
    let clip =
      [Float](repeating: Float(stride), count: groups - 1)
      + [Float(frames - (groups - 1) * stride)]
    return (0..<clips).flatMap { _ in clip }
  }
}
