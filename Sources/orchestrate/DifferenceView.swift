import Orchestration
import Registry
import Reports
import RunContract
import Terminal

/// What differs between two runs, as a table and a diff of their scripts, or as JSON.
struct DifferenceView {
  /// A fact that is not the same in both; `nil` where it is not known of one.
  struct Difference {
    let section: String
    let name: String
    let values: [String?]
  }

  let runs: [RunRecord]
  let differences: [Difference]
  /// The scripts' differences; `nil` where one of them is not there any more.
  let script: UnifiedDiff?

  init(_ runs: [RunRecord], _ gatherer: RunFacts) throws {
    self.runs = runs
    let facts = try runs.map { try gatherer.facts(of: $0) }
    var differences: [Difference] = []
    for section in RunFact.Section.allCases {
      let known = facts.map { facts in
        Dictionary(
          facts.filter { $0.section == section }.map { ($0.name, $0.value) },
          uniquingKeysWith: { first, _ in first })
      }
      for name in Set(known.flatMap(\.keys)).sorted() {
        let values = known.map { $0[name] }
        if Set(values).count > 1 {
          differences.append(Difference(section: section.rawValue, name: name, values: values))
        }
      }
    }
    self.differences = differences
    let scripts = runs.compactMap { gatherer.script(of: $0) }
    script =
      scripts.count == 2
      ? UnifiedDiff(
        scripts[0], scripts[1], names: ("\(runs[0].name)/script.sh", "\(runs[1].name)/script.sh"))
      : nil
  }

  var json: JSONValue {
    [
      "runs": .array(runs.map { .string($0.name) }),
      "differences": .array(
        differences.map {
          [
            "section": .string($0.section), "name": .string($0.name),
            "values": .array($0.values.map { JSONValue($0) }),
          ]
        }),
      "script_diff": script.map { .array($0.lines.map { .string($0) }) } ?? .null,
    ]
  }

  var table: Table {
    var table = Table(
      [Column("WHAT"), Column("NAME")] + runs.map { Column($0.name, mayShrink: true) })
    var former = ""
    for difference in differences {
      let heading = difference.section == former ? "" : difference.section
      former = difference.section
      table.rows.append(
        [Cell(heading, .faint), Cell(difference.name, .strong)]
          + difference.values.map { $0.map { Cell($0) } ?? Cell("–", .faint) })
    }
    return table
  }

  /// The scripts' differences for a terminal.
  func scriptLines(_ style: Style) -> [String] {
    (script?.lines ?? []).map { line in
      let role: Role? =
        line.hasPrefix("@@")
        ? .active : line.hasPrefix("-") ? .bad : line.hasPrefix("+") ? .good : nil
      return style(role, printable(line))
    }
  }
}
