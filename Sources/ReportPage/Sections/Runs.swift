/// The table of runs.
struct RunSection {
  let content: ReportContent
  let groups: [DrawnGroup]
  let metrics: [ReportedChart]
  let rows: Int

  /// Metrics that have columns.
  private var shown: ArraySlice<ReportedChart> { metrics.prefix(4) }

  func add(to page: inout Markup) {
    guard !content.runs.isEmpty else { return }
    page.section("runs", "Runs")
    page.add("<details\(content.runs.count <= 24 ? " open=\"open\"" : "")><summary>")
    page.add("\(counted(content.runs.count, "run"))</summary>\n")
    let metricHeads = shown.flatMap { ["\($0.title), last", "lowest"] }
    page.table(
      "sortable",
      heads: ["run", "experiment", "group", "seed", "state", "outcome", "epochs"] + metricHeads
        + ["highest norm", "at", "time", "node-hours", "damaged lines"],
      words: 6
    ) { page in
      var groupOf = [Int](repeating: 0, count: content.runs.count)
      for (number, group) in groups.enumerated() {
        for run in group.runs { groupOf[run] = number + 1 }
      }
      for (index, run) in content.runs.prefix(rows).enumerated() {
        add(run, group: groupOf[index], to: &page)
      }
    }
    if content.runs.count > rows {
      page.add("<p class=\"caption\">The first \(rows) of \(content.runs.count) runs.</p>")
    }
    page.add("</details></section>\n")
  }

  private func add(_ run: ReportedRun, group: Int, to page: inout Markup) {
    page.add("<tr>")
    page.element("td", text: run.name)
    page.element("td", text: run.experiment)
    page.add("<td>\(group == 0 ? "–" : "\(group)")</td>")
    page.element("td", text: run.seed ?? "–")
    page.element("td", text: run.state)
    page.add("<td class=\"\(run.isWasted ? "bad" : "")\">\(run.outcome.rawValue)</td>")
    page.number("\(run.epochs)\(run.askedEpochs.map { " / \($0)" } ?? "")")
    for chart in shown {
      let summary = run.summary(chart.metric)
      page.number(numberText(summary?.last))
      page.number(numberText(summary?.lowest))
    }
    page.number(
      numberText(run.highestNorm?.value),
      run.highestNorm.map { !($0.value <= 10) } ?? false ? "bad" : "")
    page.number(run.highestNorm.map { "epoch \($0.epoch), step \($0.step)" } ?? "–")
    page.number(durationText(run.wallSeconds))
    page.number(run.nodeHours.map(hoursText) ?? "–")
    page.number("\(run.damagedLines)", run.damagedLines > 0 ? "bad" : "")
    page.add("</tr>\n")
  }
}
