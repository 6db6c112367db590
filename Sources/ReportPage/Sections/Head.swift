/// What stands above the charts: what this is, how the runs were chosen, what became of them.
struct HeadSection {
  let content: ReportContent

  func add(to page: inout Markup) {
    page.add("<header><h1>")
    page.name(content.title)
    page.add("</h1>\n<dl>")
    let facts = [
      ("Made", content.madeAt), ("Version", content.version), ("Runs chosen", content.choice),
    ]
    for (name, text) in facts where !text.isEmpty {
      page.add("<div><dt>\(name)</dt><dd>")
      page.name(text)
      page.add("</dd></div>")
    }
    page.add("<div><dt>Outcome</dt><dd>\(outcomes)</dd></div></dl></header>\n")
  }

  private var outcomes: String {
    let counts = ReportedRun.Outcome.allCases.compactMap { outcome in
      let count = content.runs.count { $0.outcome == outcome }
      return count == 0 ? nil : "\(count) \(outcome.rawValue)"
    }
    let damaged = content.runs.count { $0.damagedLines > 0 }
    let tail = damaged == 0 ? [] : ["\(counted(damaged, "run")) with damaged metric lines"]
    if content.runs.isEmpty { return "no runs were chosen" }
    return (["\(counted(content.runs.count, "run")): \(counts.joined(separator: ", "))"] + tail)
      .joined(separator: "; ")
  }
}
