import Audio
import Foundation
import RunContract

/// What `train mix` tells of its work.
public struct MixReport: Sendable {
  let request: MixRequest
  /// Input and target.
  let sources: [Recording]
  /// The mix.
  public let mixture: Mixture
  /// What the samples were multiplied with to fit into the file.
  public let gain: Float

  /// A small table for people.
  public var text: String {
    let mixture = mixture
    let table = alignedTable(
      [
        ["", "input", "target"],
        ["correlation", number(mixture.correlationInput), number(mixture.correlationTarget)],
        ["mean mask", number(mixture.maskInput), number(mixture.maskTarget)],
      ], wordColumns: [0])
    let format = request.format == .float ? "32-bit float" : "16-bit"
    let segments = mixture.envelopes[0].count
    let length = label(milliseconds: mixture.segmentLength)
    return """
      \(printable(request.output)): \(seconds(mixture.output.count)) at \(datasetSampleRate) Hz, \
      \(format)

      \(table)

      correlation is that of the mix's envelope with the source's, over \(segments) segments of \
      \(length)
      verdict: \(words(mixture.verdict, isSilent: mixture.isSilent))
      """
  }

  /// The same in full.
  public var json: JSONValue {
    .object([
      "checkpoint": .string(request.checkpoint), "output": .string(request.output),
      "input": sources[0].json, "target": sources[1].json,
      "sample_rate": JSONValue(datasetSampleRate),
      "sample_format": .string(request.format.rawValue),
      "seconds": .number(mixture.seconds), "peak": .number(Double(mixture.peak)),
      "gain": .number(Double(gain)), "segments": JSONValue(mixture.envelopes[0].count),
      "segment_seconds": .number(Double(mixture.segmentLength) / Double(datasetSampleRate)),
      "correlation_input": .number(mixture.correlationInput),
      "correlation_target": .number(mixture.correlationTarget),
      "c_input": .number(mixture.correlationInput.magnitude),
      "c_target": .number(mixture.correlationTarget.magnitude),
      "mask_input": .number(mixture.maskInput), "mask_target": .number(mixture.maskTarget),
      "verdict": JSONValue(mixture.verdict?.rawValue),
    ])
  }
}

/// A verdict, or why there is none.
func words(_ verdict: Verdict?, isSilent: Bool = false) -> String {
  verdict?.rawValue ?? (isSilent ? "none, the mix is silent" : "none, a correlation is undefined")
}

private func number(_ value: Double) -> String { String(format: "%.4f", value) }

private func label(milliseconds samples: Int) -> String {
  String(format: "%.4g ms", Double(samples) * 1000 / Double(datasetSampleRate))
}
