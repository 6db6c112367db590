/// Node-hours used and wasted, as bars with their numbers.
struct NodeHourSection {
  let runs: [ReportedRun]
  let groups: [DrawnGroup]

  private static let bars = 24

  /// What hours came to.
  private struct Use {
    var finished = 0.0
    var open = 0.0
    var wasted = 0.0
    var total: Double { finished + open + wasted }

    init(_ runs: some Sequence<ReportedRun>) {
      for run in runs {
        guard let hours = run.nodeHours, hours.isFinite, hours > 0 else { continue }
        if run.isWasted {
          wasted += hours
        } else if run.outcome == .finished {
          finished += hours
        } else {
          open += hours
        }
      }
    }
  }

  func add(to page: inout Markup) {
    let all = Use(runs)
    guard all.total > 0, all.total.isFinite else { return }
    page.section("hours", "Node-hours")
    let heads = ["", "", "used", "finished", "unfinished", "wasted", "share wasted"]
    page.table("hours", heads: heads, words: 2) { page in
      add("all runs", nil, all, longest: all.total, to: &page)
      guard groups.count > 1 else { return }
      let uses = groups.prefix(Self.bars).map { group in Use(group.runs.lazy.map { runs[$0] }) }
      let longest = uses.map(\.total).max() ?? 1
      for (index, use) in uses.enumerated() {
        add(groups[index].name, index, use, longest: longest, to: &page)
      }
    }
    let left = groups.count > Self.bars ? " The first \(Self.bars) of \(groups.count) groups." : ""
    let unknown = runs.count { $0.nodeHours == nil }
    page.add("<p class=\"caption\"><span class=\"bar good\"></span> finished ")
    page.add("<span class=\"bar open\"></span> unfinished ")
    page.add("<span class=\"bar lost\"></span> wasted: exploded, failed, cancelled. ")
    page.add("The bars of groups have a scale of their own.\(left)")
    page.add(unknown > 0 ? " \(counted(unknown, "run")) without a figure.</p>" : "</p>")
    page.add("</section>\n")
  }

  private func add(
    _ name: String, _ group: Int?, _ use: Use, longest: Double, to page: inout Markup
  ) {
    page.add("<tr><th>")
    if let group { page.sample(group) }
    page.add(" ")
    page.name(name)
    page.add("</th><td class=\"bars\"><div>")
    let parts = [("good", use.finished), ("open", use.open), ("lost", use.wasted)]
    for (kind, hours) in parts where hours > 0 {
      page.add("<span class=\"bar \(kind)\" style=\"width:")
      page.add("\(percentPlace(longest > 0 ? hours / longest : 0))\"></span>")
    }
    page.add("</div></td>")
    for hours in [use.total, use.finished, use.open, use.wasted] { page.number(hoursText(hours)) }
    page.number(percentText(use.wasted, of: use.total))
    page.add("</tr>\n")
  }
}
