import Foundation
import Orchestration
import Registry
import Reports
import RunContract
import Terminal

/// What a run was, what has changed since, and how its reproductions came out: as lines or as JSON.
struct ReproductionView {
  private let origin: RunOrigin
  let verdicts: [ReproductionVerdict]
  private let style: Style

  init(_ origin: RunOrigin, _ verdicts: [ReproductionVerdict], style: Style) {
    self.origin = origin
    self.verdicts = verdicts
    self.style = style
  }

  var lines: [String] {
    let run = origin.run
    var table = Table([Column("WHAT"), Column("SINCE THEN"), Column("SHA-256"), Column("WHERE")])
    table.rows = origin.changes.map { change in
      [
        Cell(change.kind.rawValue, .strong), Cell(change.status.rawValue, role(change.status)),
        Cell(hashes(change)), Cell(change.place),
      ]
    }
    return [
      "\(style(.strong, run.name)): \(run.state.rawValue), submitted \(submitted) as "
        + "\(origin.submission.token) through \(origin.submission.executor)", "",
    ] + table.lines(style: style, width: nil) + [
      "", "config \(run.configSHA256)", run.configJSON, "",
      "sbatch \(directives)", "command \(printable(origin.recipe.command.joined(separator: " ")))",
    ] + scriptLines + verdicts.flatMap { ["", $0.sentence] }
  }

  private var submitted: String { timestamp(origin.submission.createdAt) }

  private func hashes(_ change: OriginChange) -> String {
    guard change.status == .changed, let then = change.then, let now = change.now else {
      return change.then ?? "–"
    }
    return "\(then), now \(now)"
  }

  private var directives: String {
    origin.recipe.directives.map { directive in
      printable("--\(directive.option)" + (directive.value.map { "=\($0)" } ?? ""))
    }.joined(separator: " ")
  }

  private var scriptLines: [String] {
    guard let script = origin.script else {
      return ["", "the script is not there any more as it was written"]
    }
    let text = String(decoding: script, as: UTF8.self)
    return ["", "script, byte for byte (--script prints nothing else):", ""]
      + text.split(separator: "\n", omittingEmptySubsequences: false).map {
        // Tabs are the script's own; whatever else a terminal would obey is shown.
        $0.split(separator: "\t", omittingEmptySubsequences: false).map { printable(String($0)) }
          .joined(separator: "\t")
      }
  }

  private func role(_ status: OriginChange.Status) -> Role {
    switch status {
    case .unchanged: .good
    case .changed, .missing: .bad
    case .unknown: .faint
    }
  }

  /// An object; the keys are part of the program's interface.
  var json: JSONValue {
    let run = origin.run
    return [
      "run": .string(run.name), "state": .string(run.state.rawValue),
      "token": .string(origin.submission.token),
      "executor": .string(origin.submission.executor),
      "config": .object(run.config.parameters.mapValues(\.json)),
      "config_sha256": .string(run.configSHA256),
      "script": JSONValue(origin.script.map { String(decoding: $0, as: UTF8.self) }),
      "command": .array(origin.recipe.command.map { .string($0) }),
      "directives": .array(
        origin.recipe.directives.map { .array([.string($0.option), JSONValue($0.value)]) }),
      "origins": .array(
        origin.changes.map {
          [
            "what": .string($0.kind.rawValue), "place": .string($0.place), "then": JSONValue($0.then),
            "now": JSONValue($0.now), "status": .string($0.status.rawValue),
          ]
        }),
      "verdicts": .array(verdicts.map(\.json)),
    ]
  }
}

extension ReproductionVerdict {
  /// What came of it, in one sentence.
  var sentence: String {
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
        + "\(short(agreement.largestDifference)); \(agreement.missing) values only one of them has. \(why)"
    }
  }

  private var place: String {
    guard let first = agreement.first else { return "differ" }
    let values = first.values.map { $0.map(canonical) ?? "none" }
    return
      "differ first in \(printable(first.metric)) at step \(first.step) (epoch \(first.epoch)): "
      + "\(values[0]), then \(values[1])"
  }

  private var why: String {
    if !reasons.isEmpty {
      return "Identity is not promised here: \(reasons.joined(separator: "; "))"
    }
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
      "unknown": .array(unknown.map { .string($0) }), "tolerance": .number(tolerance),
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
