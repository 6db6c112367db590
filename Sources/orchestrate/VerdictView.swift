import Orchestration
import Registry
import Reports
import RunContract
import Terminal

extension ReproductionVerdict {
  /// What came of it, in plain words.
  var sentence: String { ([outcomeSentence] + remarks).map(printable).joined(separator: ". ") }

  private var outcomeSentence: String {
    let names = "\(run.name) and \(original.name)"
    switch outcome {
    case .unknown:
      if run.state.isActive {
        return "\(run.name) is \(run.state.rawValue); it is compared when it has ended"
      }
      if original.state.isActive { return "\(original.name) is still \(original.state.rawValue)" }
      return "\(names) have no metrics in common to compare"
    case .identical:
      return "identical: \(names) agree to the bit in all \(agreement.compared) values"
    case .withinTolerance:
      return
        "within the tolerance: \(names) differ by at most \(short(agreement.largestDifference)) "
        + "(relative) in \(agreement.compared) values; \(why)"
    case .parts:
      return "they part: \(names) \(place). Of \(agreement.compared) values that both have, "
        + "\(agreement.identical) are identical, the largest relative difference is "
        + "\(short(agreement.largestDifference)); "
        + "\(agreement.missing) values only one of them has. \(why)"
    }
  }

  private var place: String {
    guard let first = agreement.first else { return "differ" }
    let values = first.values.map { $0.map(canonical) ?? "none" }
    return
      "differ first in \(first.metric) at step \(first.step) (epoch \(first.epoch)): "
      + "\(values[0]), then \(values[1])"
  }

  private var why: String {
    if !reasons.isEmpty {
      return "Identity is not promised here: \(reasons.joined(separator: "; "))"
    }
    if !deviations.isEmpty { return "Identity is not promised here" }
    return unknown.isEmpty
      ? "Identity was promised: binary, instruction set, threads and ranks are the same"
      : "Nothing is recorded of \(unknown.joined(separator: ", ")), so identity is not promised"
  }

  private func canonical(_ value: Double) -> String {
    value.isFinite ? canonicalNumber(value) : short(value)
  }

  /// An object; the keys are part of the program's interface.
  var json: JSONValue {
    [
      "run": .string(run.name), "original": .string(original.name),
      "outcome": .string(outcome.rawValue), "promised": .bool(isPromised),
      "reasons": .array(reasons.map { .string($0) }),
      "deviations": .array(deviations.map { .string($0) }),
      "unknown": .array(unknown.map { .string($0) }), "tolerance": .number(tolerance),
      "states": .array([original, run].map { .string($0.state.rawValue) }),
      "damaged_lines": .array([original, run].map { JSONValue($0.damagedLines) }),
      "values": JSONValue(agreement.compared), "identical_values": JSONValue(agreement.identical),
      "missing_values": JSONValue(agreement.missing),
      "largest_relative_difference": .number(agreement.largestDifference),
      "first": agreement.first.map {
        [
          "metric": .string($0.metric), "step": JSONValue($0.step), "epoch": JSONValue($0.epoch),
          "values": .array($0.values.map { JSONValue($0) }),
        ]
      } ?? .null,
      "sentence": .string(sentence),
    ]
  }
}
