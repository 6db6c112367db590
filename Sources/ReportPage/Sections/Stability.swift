import Foundation
import RunContract

/// The stability map: how many runs exploded, and the median of the highest norms, for each pair of values
/// of two parameters; one panel for each value of a third.
struct StabilitySection {
  let runs: [ReportedRun]
  let map: ReportedMap

  private static let most = 12

  /// Runs that say something about stability: those that have come to an end and were measured.
  private var judged: [ReportedRun] {
    runs.filter { run in
      switch run.outcome {
      case .finished, .exploded, .failed, .cancelled: true
      case .running, .waiting, .noMetrics: false
      }
    }
  }

  func add(to page: inout Markup) {
    let judged = judged.map { run in
      (run: run, values: [map.panel, map.row, map.column].map { Level(run, $0) })
    }
    let levels = (0..<3).map { place in distinct(judged.map { $0.values[place] }) }
    guard levels[1].contains(where: \.isKnown), levels[1].count + levels[2].count > 2 else {
      return
    }
    page.section("stability", "Stability")
    guard levels[1].count <= Self.most, levels[2].count <= Self.most, levels[0].count <= Self.most
    else {
      page.add("<p class=\"caption\">There are too many values of ")
      page.name([map.panel, map.row, map.column].joined(separator: ", "))
      page.add(
        " for a map: \(levels.map { "\($0.count)" }.joined(separator: ", ")).</p></section>\n")
      return
    }
    for measure in Measure.allCases {
      page.add("<div class=\"maps\">\n")
      for panel in levels[0] {
        let members = judged.filter { $0.values[0] == panel }
        add(measure, panel, rows: levels[1], columns: levels[2], to: &page) { row, column in
          members.filter { $0.values[1] == row && $0.values[2] == column }.map(\.run)
        }
      }
      page.add("</div>\n")
    }
    page.add("<p class=\"caption\">Of the runs that have ended and were measured (n). ")
    page.add("Exploded: a gradient norm before clipping above \(numberText(NormBand.explosion)), ")
    page.add("or not finite.</p></section>\n")
  }

  private func add(
    _ measure: Measure, _ panel: Level, rows: [Level], columns: [Level], to page: inout Markup,
    runs: (Level, Level) -> [ReportedRun]
  ) {
    page.add("<figure class=\"map\"><figcaption><h3>\(measure.title)</h3><p class=\"quantity\">")
    if panel.isKnown { page.name("\(map.panel) = \(panel.text)") }
    page.add(
      "</p></figcaption><div class=\"scroll\" tabindex=\"0\"><table><thead><tr><th class=\"corner\">"
    )
    page.name(map.row)
    page.add("</th>")
    for (index, column) in columns.enumerated() {
      page.add("<th>")
      if index == 0 {
        page.add("<span class=\"over\">")
        page.name(column.isKnown ? map.column : "")
        page.add("</span>")
      }
      page.name(column.isKnown ? column.text : "all")
      page.add("</th>")
    }
    page.add("</tr></thead><tbody>\n")
    for row in rows {
      page.add("<tr><th>")
      page.name(row.text)
      page.add("</th>")
      for column in columns { page.add(measure.cell(runs(row, column))) }
      page.add("</tr>\n")
    }
    page.add("</tbody></table></div>\(measure.legend)</figure>\n")
  }
}

/// What a panel's cells show.
private enum Measure: CaseIterable {
  case rate, norm

  var title: String { self == .rate ? "Explosion rate" : "Median highest gradient norm" }

  func cell(_ runs: [ReportedRun]) -> String {
    guard !runs.isEmpty else { return "<td class=\"none\">–</td>" }
    let count = "<small>n = \(runs.count)</small>"
    switch self {
    case .rate:
      let exploded = runs.count { $0.outcome == .exploded }
      let shade = (exploded * 6 + runs.count - 1) / runs.count
      let text = percentText(Double(exploded), of: Double(runs.count))
      return "<td class=\"q\(shade)\">\(text)\(count)</td>"
    case .norm:
      // A norm that is not a number is above all others.
      let norms = runs.compactMap(\.highestNorm?.value).map { $0.isNaN ? .infinity : $0 }.sorted()
      guard !norms.isEmpty else { return "<td class=\"none\">–\(count)</td>" }
      let median = quantile(norms[...], 0.5)
      let value = median.isFinite ? numberText(median, digits: 3) : "non-finite"
      let shade = Self.bounds.count { median > $0 }
      return "<td class=\"q\(shade)\">\(value)<small>n = \(norms.count)</small></td>"
    }
  }

  private static let bounds = [1.0, 3, 10, 30, 100, 1000]

  var legend: String {
    let words =
      self == .rate
      ? ["0", "≤ 17", "≤ 33", "≤ 50", "≤ 67", "≤ 83", "≤ 100 %"]
      : ["≤ 1", "≤ 3", "≤ 10", "≤ 30", "≤ 100", "≤ 1000", "above"]
    let cells = words.enumerated().map { "<span class=\"q\($0)\">\($1)</span>" }
    return "<div class=\"shades\">\(cells.joined())</div>"
  }
}

/// A parameter's value as a row, a column or a panel.
struct Level: Hashable {
  let text: String
  let number: Double?
  let isKnown: Bool

  init(_ run: ReportedRun, _ parameter: String) {
    let value = run.parameters.first { $0.name == parameter }
    text = value?.text ?? "–"
    number = value?.number
    isKnown = value != nil
  }
}

/// The levels there are: numbers first and in order, then words.
func distinct(_ levels: [Level]) -> [Level] {
  Set(levels).sorted { a, b in
    switch (a.number, b.number) {
    case (let x?, let y?) where x != y: x < y
    case (_?, nil): true
    case (nil, _?): false
    default: a.text < b.text
    }
  }
}
