import Foundation
import RunContract

/// What every page has near its beginning, so that a report can be told from other files.
public let reportMarker = "<meta name=\"generator\" content=\"orchestrate report\"/>"

/// Makes the page: one file of HTML in UTF-8 that needs nothing else, no network and no script. The same
/// content gives the same bytes.
public func reportPage(_ content: ReportContent, limits: ReportLimits = .standard) -> [UInt8] {
  PageWriter(content, limits).page()
}

/// Puts the sections together.
private struct PageWriter {
  let content: ReportContent
  let limits: ReportLimits
  /// All groups, and those that are drawn.
  let groups: [DrawnGroup]
  let drawn: [DrawnGroup]
  let plots: [ChartPlot]
  let data: CourseData
  let drawsRuns: Bool
  let band: GroupCurve.Band

  init(_ content: ReportContent, _ limits: ReportLimits) {
    self.content = content
    self.limits = limits
    let groups = DrawnGroup.all(of: content)
    let drawn = Array(groups.prefix(limits.groups))
    let largest = drawn.map(\.runs.count).max() ?? 0
    let band: GroupCurve.Band = largest > 8 ? .quartiles : .extremes
    let lines = max(drawn.count * content.charts.count, 1)
    let points = min(limits.points, max(40, 80_000 / lines))
    (self.groups, self.drawn, self.band) = (groups, drawn, band)
    plots = content.charts.compactMap {
      ChartPlot($0, content.runs, drawn, points: points, band: band)
    }
    data = CourseData(content, drawn, plots, limits: limits)
    drawsRuns = content.runs.count <= limits.drawnRuns
  }

  func page() -> [UInt8] {
    var page = Markup()
    let script = String(decoding: PackageResources.page_js, as: UTF8.self)
    let style = String(decoding: PackageResources.page_css, as: UTF8.self)
    page.add("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"/>\n")
    page.add("\(reportMarker)\n")
    page.add("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; ")
    page.add("style-src 'unsafe-inline'; script-src 'sha256-\(base64Hash(script))'\"/>\n")
    page.add("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<title>")
    page.text(content.title)
    page.add("</title>\n<style>\(style)</style></head>\n<body style=\"--label:\(labelWidth)px\">\n")
    page.add("<main>\n")
    HeadSection(content: content).add(to: &page)
    addCurves(to: &page)
    GroupSection(content: content).add(to: &page)
    StabilitySection(runs: content.runs, map: content.map).add(to: &page)
    ParallelSection(content: content, metrics: plots.map(\.chart), lines: limits.rows)
      .add(to: &page)
    NodeHourSection(runs: content.runs, groups: groups).add(to: &page)
    ParameterSection(content: content, groups: groups).add(to: &page)
    RunSection(
      content: content, groups: groups, metrics: plots.map(\.chart), rows: limits.rows
    ).add(to: &page)
    addNotes(to: &page)
    page.add("</main>\n")
    data.add(to: &page)
    page.add("<script>\(script)</script>\n</body></html>\n")
    return page.bytes
  }

  private func addCurves(to page: inout Markup) {
    guard !plots.isEmpty else { return }
    page.section("curves", "Curves")
    page.add("<p class=\"js controls\"><label>smoothing <input type=\"range\" id=\"smoothing\" ")
    page.add("min=\"0\" max=\"0.99\" step=\"0.01\" value=\"0\"/> <output>0</output></label> ")
    page.add("<label><input type=\"checkbox\" id=\"single\"/> single runs</label> ")
    page.add("<button type=\"button\" id=\"all\">all groups</button> ")
    page.add("<button type=\"button\" id=\"none\">no group</button></p>\n")
    page.add("<ol class=\"legend\">")
    for (index, group) in drawn.enumerated() {
      page.add("<li><label>")
      page.add("<input type=\"checkbox\" class=\"js\" data-g=\"\(index)\" checked=\"checked\"/>")
      page.sample(index)
      page.add(" ")
      page.name(group.name)
      let exploded = group.exploded == 0 ? "" : ", \(group.exploded) exploded"
      page.add(
        " <span class=\"count\">\(counted(group.runs.count, "run"))\(exploded)</span></label></li>\n"
      )
    }
    page.add("</ol>\n<p class=\"caption\">\(curveText)</p>\n<div class=\"charts\">\n")
    for (number, plot) in plots.enumerated() {
      ChartMarkup(
        plot: plot, groups: drawn, drawsRuns: drawsRuns, runs: content.runs
      ).add(to: &page, number: number)
    }
    page.add("</div></section>\n")
  }

  /// Whether the band of a chart with a threshold shows something else than the others'.
  private var isMixed: Bool { band == .quartiles && plots.contains { $0.band == .extremes } }

  private var curveText: String {
    var text = "Lines: median of the group's runs that have a finite value at that epoch."
    if drawn.count <= ChartMarkup.bands {
      let band = band == .extremes ? "from the lowest to the highest" : "the middle half"
      text += " Bands: \(band) of them"
      text += isMixed ? "; of the gradient norm, from the lowest to the highest." : "."
    } else if plots.contains(where: { $0.chart.threshold != nil }) {
      text += " Bands of the gradient norm: from the lowest to the highest of them."
    }
    if drawsRuns { text += " Faint lines: single runs." }
    return text + " Marks on the upper edge: values that are not finite."
  }

  private func addNotes(to page: inout Markup) {
    var notes: [String] = []
    if groups.count > drawn.count {
      notes.append("Drawn are the first \(drawn.count) of \(groups.count) groups.")
    }
    if let note = data.note { notes.append(note) }
    guard !(notes + content.notes).isEmpty else { return }
    page.section("notes", "Notes")
    page.add("<ul class=\"sentences\">")
    for note in content.notes + notes { page.element("li", text: note) }
    page.add("</ul></section>\n")
  }

  /// Room for the labels at line ends, at most what a chart can spare.
  private var labelWidth: Int {
    let longest = drawn.map(\.shortName.count).max() ?? 0
    return min(max(longest * 7 + 44, 60), 176)
  }
}

/// The hash by which the page allows its one script.
private func base64Hash(_ text: String) -> String {
  let digits = Array(sha256Hex(text).utf8)
  let bytes = stride(from: 0, to: digits.count - 1, by: 2).compactMap { place in
    UInt8(String(decoding: digits[place...place + 1], as: UTF8.self), radix: 16)
  }
  return Data(bytes).base64EncodedString()
}
