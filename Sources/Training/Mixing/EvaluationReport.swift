import Audio
import Foundation
import RunContract

/// What `train evaluate` tells of its work.
public struct EvaluationReport: Sendable {
  let request: EvaluationRequest
  /// The numbers.
  public let evaluation: Evaluation

  /// A row for each pair, the means below.
  public var text: String {
    let evaluation = evaluation
    // |c| first: it is what the penalty is about.
    let isCorrelation: (String) -> Bool = { $0.hasPrefix("c_") }
    let names =
      evaluation.names.filter(isCorrelation) + evaluation.names.filter { !isCorrelation($0) }
    func row(_ name: String, _ values: [String: Double]) -> [String] {
      [printable(name)] + names.map { cell(values[$0] ?? .nan) } + [words(verdict(values))]
    }
    let header = [request.part.rawValue] + names.map(heading) + ["verdict"]
    let rows =
      evaluation.pairs.map { row(($0.name as NSString).lastPathComponent, $0.values) }
      + [row("mean", evaluation.means)]
    let table = alignedTable([header] + rows, wordColumns: [0, header.count - 1])
    return table + "\n\n" + notes.joined(separator: "\n")
  }

  /// The same in full.
  public var json: JSONValue {
    func object(_ values: [String: Double]) -> [String: JSONValue] {
      values.mapValues { .number($0) }.merging(
        ["verdict": JSONValue(verdict(values)?.rawValue)]
      ) { $1 }
    }
    return .object([
      "checkpoint": .string(request.checkpoint), "data": .string(request.data),
      "part": .string(request.part.rawValue), "batch_size": JSONValue(evaluation.batchSize),
      "clip_seconds": .number(Double(evaluation.sampleCount) / Double(datasetSampleRate)),
      "segments": JSONValue(evaluation.segments),
      "pairs": .array(
        evaluation.pairs.map { pair in
          .object(object(pair.values).merging(["pair": .string(pair.name)]) { $1 })
        }),
      "means": .object(object(evaluation.means)),
    ])
  }

  /// The verdict over all pairs.
  public var verdict: Verdict? { verdict(evaluation.means) }

  private var notes: [String] {
    let count = evaluation.pairs.count
    let clips =
      "\(count) \(count == 1 ? "pair" : "pairs") of \(seconds(evaluation.sampleCount)), "
      + "\(evaluation.segments) segments"
    guard evaluation.batchSize > 1, count > 1 else { return [clips] }
    return [
      clips,
      "means in batches of \(evaluation.batchSize) as in training: balance, and with it loss, is a "
        + "batch's",
    ]
  }

  private func verdict(_ values: [String: Double]) -> Verdict? {
    guard let input = values["c_input"], let target = values["c_target"],
      (input + target).isFinite
    else { return nil }
    return Verdict(correlationInput: input, correlationTarget: target)
  }
}

private func heading(_ name: String) -> String {
  switch name {
  case "c_input": "|c| input"
  case "c_target": "|c| target"
  case MetricName.corrPenalty: "penalty"
  default:
    name.replacing("rms", with: "RMS").replacing("stft", with: "STFT").replacing("_", with: " ")
  }
}

/// Four digits, and those that matter of small numbers.
private func cell(_ value: Double) -> String {
  guard value.isFinite else { return "\(value)" }
  return value.magnitude < 1e-3 && value != 0
    ? String(format: "%.1e", value) : String(format: value.magnitude < 1e5 ? "%.4f" : "%.3g", value)
}
