/// The table of groups and the comparisons with the baseline.
struct GroupSection {
  let content: ReportContent

  func add(to page: inout Markup) {
    if !content.groups.isEmpty { addGroups(to: &page) }
    if !content.comparisons.isEmpty { addComparisons(to: &page) }
  }

  private func addGroups(to page: inout Markup) {
    page.section("groups", "Groups")
    let parameters = unique(content.groups.lazy.flatMap(\.parameters).map(\.name))
    let columns = unique(content.groups.lazy.flatMap(\.cells).map(\.column))
    let counts = ["runs", "finished", "exploded", "other failures"]
    let texts = Set(
      content.groups.lazy.flatMap(\.parameters).filter { $0.number == nil }.map(\.name))
    let numeric = Set(parameters).subtracting(texts)
    let words = 1 + (parameters.isEmpty ? 1 : parameters.count)
    page.table(
      "sortable", heads: [""] + (parameters.isEmpty ? ["group"] : parameters) + counts + columns,
      words: words
    ) { page in
      for (index, group) in content.groups.enumerated() {
        page.add("<tr><td class=\"key\">")
        page.sample(index)
        page.add("</td>")
        if parameters.isEmpty { page.element("td", text: group.name) }
        for name in parameters {
          let value = group.parameters.first { $0.name == name }
          page.element("td", numeric.contains(name) ? "value" : "", text: value?.text ?? "–")
        }
        page.number("\(group.count)")
        page.number("\(group.finished)")
        page.number("\(group.exploded)", group.exploded > 0 ? "bad" : "")
        page.number("\(group.otherFailures)")
        for column in columns {
          let cell = group.cells.first { $0.column == column }
          page.number(intervalText(cell?.mean, cell?.low, cell?.high))
        }
        page.add("</tr>\n")
      }
    }
    page.add("<p class=\"caption\">Mean [interval] over the runs of a group.</p></section>\n")
  }

  private func addComparisons(to page: inout Markup) {
    page.section("comparisons", "Comparisons")
    page.add("<ul class=\"sentences\">\n")
    for comparison in content.comparisons { page.element("li", text: comparison.sentence) }
    page.add("</ul>\n")
    page.table(
      heads: ["baseline", "other", "metric", "difference", "p", "p, corrected"], words: 3
    ) { page in
      for row in content.comparisons {
        page.add("<tr>")
        for text in [row.baseline, row.other, row.metric] { page.element("td", text: text) }
        page.number(intervalText(row.difference, row.low, row.high))
        page.number(probabilityText(row.p).replacing("<", with: "&lt;"))
        page.number(probabilityText(row.adjustedP).replacing("<", with: "&lt;"))
        page.add("</tr>\n")
      }
    }
    page.add(
      "<p class=\"caption\">Difference: the other's mean less the baseline's [interval].</p>")
    page.add("</section>\n")
  }
}

/// Each text once, in the order in which they come.
func unique(_ texts: some Sequence<String>) -> [String] {
  var seen: Set<String> = []
  return texts.filter { seen.insert($0).inserted }
}
