import Audio
import Autograd
import Foundation

/// A mix with its sources, and what was measured of it.
public struct Mixture: Sendable {
  /// The mixed waveform at the model's rate.
  public let output: [Float]
  /// The input.
  public let input: [Float]
  /// The target.
  public let target: [Float]
  /// The peaks of the three, segment by segment: output, input, target.
  public let envelopes: [[Float]]
  /// Samples of a segment.
  public let segmentLength: Int
  /// Correlation of the mix's envelope with the input's, -1…1; NaN where the form of Pearson that the
  /// model was trained with does not define it.
  public let correlationInput: Double
  /// Correlation of the mix's envelope with the target's.
  public let correlationTarget: Double
  /// The mean mask of the input.
  public let maskInput: Double
  /// The mean mask of the target.
  public let maskTarget: Double

  /// The largest magnitude of the mix.
  public let peak: Float

  /// A mix below this peak is silence (-80 dB).
  public static let silentPeak: Float = 1e-4

  /// Measures a mix.
  init(output: [Float], input: [Float], target: [Float], masks: [Double], model: TrainedModel) {
    let pool = BufferPool()
    let tape = Tape(pool: pool, recording: false)
    let length = model.segmentLength
    let peaks = [output, input, target].map { envelope(of: $0, segmentLength: length, tape) }
    let rows = peaks.map { Tensor(rows: 1, columns: $0.count, content: $0, pool: pool) }
    let correlations = rows[1...].map { reference in
      tape.pearson(
        rows[0], with: [reference], epsilon: model.settings.pearsonEpsilon,
        form: PearsonForm(rawValue: model.settings.pearson) ?? .floor
      ).scalar
    }
    self.output = output
    self.input = input
    self.target = target
    envelopes = peaks
    segmentLength = length
    correlationInput = Double(correlations[0])
    correlationTarget = Double(correlations[1])
    (maskInput, maskTarget) = (masks[0], masks[1])
    peak = output.reduce(0) { max($0, $1.magnitude) }
  }

  /// Seconds of the mix.
  public var seconds: Double { Double(output.count) / Double(datasetSampleRate) }

  /// Whether there is nothing to hear.
  public var isSilent: Bool { peak < Self.silentPeak }

  /// What the mixer did; `nil` for silence and where a correlation is not defined.
  public var verdict: Verdict? {
    guard !isSilent, (correlationInput + correlationTarget).isFinite else {
      return nil
    }
    return Verdict(
      correlationInput: correlationInput.magnitude, correlationTarget: correlationTarget.magnitude)
  }
}

/// The peaks of a signal's segments; what is left at its end is no segment.
private func envelope(of samples: [Float], segmentLength: Int, _ tape: Tape) -> [Float] {
  let segments = samples.count / segmentLength
  // Some at a time: the operation wants a tensor, a copy.
  let atOnce = max(1, 1 << 20 / segmentLength)
  return stride(from: 0, to: segments, by: atOnce).flatMap { first in
    let count = min(atOnce, segments - first)
    let content = Array(samples[first * segmentLength..<(first + count) * segmentLength])
    let part = Tensor(rows: 1, columns: content.count, content: content, pool: tape.pool)
    return tape.segmentPeaks(part, segments: count).array
  }
}
