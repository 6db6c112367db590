import Foundation
import Orchestration
import Registry
import Reports
import RunContract
import Terminal

/// What a run was, what has changed since, and how its reproductions came out: as lines or as JSON.
struct ReproductionView {
  private let origin: RunOrigin
  private let facts: [RunFact]
  let verdicts: [ReproductionVerdict]
  private let style: Style

  init(
    _ origin: RunOrigin, _ facts: [RunFact], _ verdicts: [ReproductionVerdict], style: Style
  ) {
    self.origin = origin
    self.facts = facts
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
      "", "config \(run.configSHA256)", printable(run.configJSON), "",
      "sbatch \(directives)", "command \(printable(origin.recipe.command.joined(separator: " ")))",
    ] + factLines + scriptLines + verdicts.flatMap { ["", $0.sentence] }
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

  /// The kinds of facts that neither config nor command line show.
  private static let sections: [RunFact.Section] = [.program, .data, .machine, .outcome]

  /// A line for each kind, as `outcome state=completed exit_code=0`.
  private var factLines: [String] {
    Self.sections.compactMap { section in
      let known = facts.filter { $0.section == section && $0.name != "command" }
      if known.isEmpty { return nil }
      return ([section.rawValue] + known.map { printable("\($0.name)=\($0.value)") })
        .joined(separator: " ")
    }
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
      "facts": .array(
        facts.map {
          [
            "section": .string($0.section.rawValue), "name": .string($0.name),
            "value": .string($0.value),
          ]
        }),
      "origins": .array(
        origin.changes.map {
          [
            "what": .string($0.kind.rawValue), "place": .string($0.place),
            "then": JSONValue($0.then), "now": JSONValue($0.now),
            "status": .string($0.status.rawValue),
          ]
        }),
      "verdicts": .array(verdicts.map(\.json)),
    ]
  }
}
