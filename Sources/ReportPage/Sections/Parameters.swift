/// The table of parameters: one row each, one column for each group where they are few, and otherwise the
/// values there are. A checkbox, which needs no script, leaves only those that differ.
struct ParameterSection {
  let content: ReportContent
  let groups: [DrawnGroup]

  private static let columns = 16

  func add(to page: inout Markup) {
    let names = unique(content.runs.lazy.flatMap(\.parameters).map(\.name)).sorted()
    guard !names.isEmpty else { return }
    let values = content.runs.map { run in
      Dictionary(run.parameters.map { ($0.name, $0.text) }, uniquingKeysWith: { $1 })
    }
    page.section("parameters", "Parameters")
    page.add("<input type=\"checkbox\" id=\"differences\" checked=\"checked\"/>")
    page.add("<label for=\"differences\">differences only</label>\n")
    let isWide = groups.count > 1 && groups.count <= Self.columns
    let heads = isWide ? groups.indices.map { "\($0 + 1)" } : ["values"]
    page.table("parameters", heads: ["parameter"] + heads, words: 1 + heads.count) { page in
      for name in names {
        let all = unique(values.lazy.map { $0[name] ?? "–" })
        page.add(all.count > 1 ? "<tr><th>" : "<tr class=\"same\"><th>")
        page.name(name)
        page.add("</th>")
        for group in isWide ? groups.map(\.runs) : [Array(values.indices)] {
          page.element("td", text: summary(group.map { values[$0][name] ?? "–" }))
        }
        page.add("</tr>\n")
      }
    }
    page.add("<p class=\"caption\">")
    page.add(isWide ? "Columns are groups, numbered as in the charts. " : "")
    page.add("×: in so many runs.</p></section>\n")
  }

  /// The value, or how often each occurs.
  private func summary(_ values: [String]) -> String {
    var counts: [String: Int] = [:]
    for value in values { counts[value, default: 0] += 1 }
    let distinct = unique(values)
    if distinct.count <= 1 { return distinct.first ?? "–" }
    if distinct.count == values.count {
      return distinct.count <= 6
        ? distinct.joined(separator: ", ") : "\(distinct.count) different values"
    }
    let shown = distinct.prefix(6).map { "\($0) (×\(counts[$0] ?? 0))" }.joined(separator: ", ")
    return distinct.count > 6 ? "\(shown), \(distinct.count - 6) more" : shown
  }
}
