import Figures

/// Draws a chart: a drawing that takes the width there is, with texts of the page around it, which keep
/// their size on every screen.
struct ChartMarkup {
  let plot: ChartPlot
  let groups: [DrawnGroup]
  /// The runs' single lines are drawn too.
  let drawsRuns: Bool
  let runs: [ReportedRun]

  private static let height = 240.0
  /// Labels at line ends that have room below each other.
  static let labels = 15
  /// Bands that can be told apart when they lie on each other.
  static let bands = 12

  func add(to page: inout Markup, number: Int) {
    let chart = plot.chart
    page.add("<figure class=\"chart\" data-c=\"\(number)\">\n<figcaption><h3>")
    page.name(chart.title)
    page.add("</h3><p class=\"quantity\">")
    page.name(chart.axis)
    page.add("<span class=\"scale\">\(chart.isLogarithmic ? " (log)" : "")</span>")
    if !chart.note.isEmpty {
      page.add(" · ")
      page.name(chart.note)
    }
    page.add("</p><label class=\"js\"><input type=\"checkbox\" class=\"logarithmic\"")
    page.add(
      "\(chart.isLogarithmic ? " checked=\"checked\"" : "")/> log axis</label></figcaption>\n<div class=\"plot\">"
    )
    addStrip(to: &page)
    page.add("<div class=\"area\">")
    addDrawing(to: &page)
    addTicks(to: &page)
    addLabels(to: &page)
    page.add("</div><p class=\"epoch\">epoch</p></div>\n")
    addCaption(to: &page)
    page.add("</figure>\n")
  }

  /// Values that are not finite, on the upper edge, one row for each group that has any.
  private func addStrip(to page: inout Markup) {
    let broken = groups.indices.filter { plot.curves[$0].hasNonFinite }
    guard !broken.isEmpty else { return }
    let rows = min(broken.count, 8)
    page.add("<div class=\"strip\" style=\"height:\(rows * 7 + 3)px\"><span>non-finite</span>")
    page.add("<svg viewBox=\"0 0 1000 \(rows * 7 + 3)\" preserveAspectRatio=\"none\" ")
    page.add("aria-hidden=\"true\">")
    for (row, group) in broken.enumerated() {
      page.add("<path class=\"n \(DrawnGroup.style(group))\" data-g=\"\(group)\" d=\"")
      for (index, place) in plot.curves[group].places.enumerated() where place.nonFinite > 0 {
        page.add("M\(x(index)) \(row % 8 * 7 + 2)v6")
      }
      page.add("\"/>")
    }
    page.add("</svg></div>")
  }

  private func addDrawing(to page: inout Markup) {
    page.add("<svg class=\"drawing\" viewBox=\"0 0 1000 2400\" preserveAspectRatio=\"none\" ")
    page.add("role=\"img\" aria-label=\"")
    page.text("\(plot.chart.title) over epochs")
    page.add("\">")
    addFrame(to: &page)
    for index in groups.indices where !plot.curves[index].isEmpty { addGroup(index, to: &page) }
    page.add("</svg>")
  }

  /// What stands behind the lines: shaded values, marked values, lines across.
  private func addFrame(to page: inout Markup) {
    page.add("<g class=\"frame\">")
    if let shaded = plot.chart.shaded, let low = plot.axis.position(shaded.lowerBound),
      let high = plot.axis.position(shaded.upperBound)
    {
      let (top, bottom) = (LinePath.y(min(high, 1)), LinePath.y(max(low, 0)))
      page.add("<path class=\"shaded\" d=\"M0 \(top)H1000V\(bottom)H0Z\"/>")
    }
    page.add("<path class=\"grid\" d=\"")
    for tick in plot.axis.ticks {
      if let place = plot.axis.position(tick) { page.add("M0 \(LinePath.y(place))H1000") }
    }
    page.add("\"/>")
    if let threshold = plot.chart.threshold, let place = plot.axis.position(threshold),
      (0...1).contains(place)
    {
      page.add("<path class=\"threshold\" d=\"M0 \(LinePath.y(place))H1000\"/>")
    }
    page.add("</g>")
  }

  private func addGroup(_ index: Int, to page: inout Markup) {
    let curve = plot.curves[index]
    page.add("<g class=\"\(DrawnGroup.style(index))\" data-g=\"\(index)\">")
    if groups.count <= Self.bands || plot.chart.threshold != nil {
      // Many bands on each other are thinner each, or together they are a wall.
      let opacity = min(0.13, 1.2 / Double(groups.count))
      page.add("<path class=\"b\" style=\"opacity:\(numberText(opacity, digits: 2))\" ")
      page.add("d=\"\(band(curve))\"/>")
    }
    if drawsRuns, groups[index].runs.count > 1 {
      page.add("<path class=\"r\" d=\"\(runLines(groups[index]))\"/>")
    }
    var line = LinePath()
    for (index, place) in curve.places.enumerated() where place.finite > 0 || place.nonFinite > 0 {
      line.go(
        x: plot.grid.position(plot.grid.epoch(index)), place: plot.axis.position(place.median))
    }
    line.lift()
    page.add("<path class=\"m\" d=\"\(line.data)\"/><path class=\"p\" d=\"\(line.dots)\"/>")
    // A line that ends early is led on to its label.
    if let end = curve.end, let place = plot.axis.position(end.value),
      end.index < plot.grid.count - 1
    {
      let y = LinePath.y(min(max(place, 0), 1))
      page.add("<path class=\"x\" d=\"M\(x(end.index)) \(y)H1000\"/>")
    }
    page.add("</g>")
  }

  private func x(_ index: Int) -> Int { LinePath.x(plot.grid.position(plot.grid.epoch(index))) }

  /// The band's outline: along the upper values, back along the lower ones, for each stretch.
  private func band(_ curve: GroupCurve) -> String {
    guard curve.places.contains(where: { $0.finite > 1 }) else { return "" }
    return curve.places.indices.split { curve.places[$0].finite == 0 }.reduce(into: "") {
      path, stretch in
      var line = LinePath()
      for index in stretch {
        line.go(
          x: plot.grid.position(plot.grid.epoch(index)),
          place: plot.axis.position(curve.places[index].high))
      }
      for index in stretch.reversed() {
        line.go(
          x: plot.grid.position(plot.grid.epoch(index)),
          place: plot.axis.position(curve.places[index].low))
      }
      path += line.data.isEmpty ? "" : "\(line.data)Z"
    }
  }

  private func runLines(_ group: DrawnGroup) -> String {
    group.runs.reduce(into: "") { path, index in
      guard let series = runs[index].series.first(where: { $0.name == plot.chart.metric })
      else { return }
      var line = LinePath()
      for point in thinned(series.points, to: 2 * LinePath.width / 4) {
        let epoch = Double(EpochGrid.bounded(point.epoch))
        line.go(x: plot.grid.position(epoch), place: plot.axis.position(point.value))
      }
      line.lift()
      path += line.data + line.dots
    }
  }

  private func addTicks(to page: inout Markup) {
    page.add("<div class=\"ticks\">")
    for tick in plot.axis.ticks {
      guard let place = plot.axis.position(tick) else { continue }
      page.add("<span class=\"yt\" style=\"top:\(percentPlace(1 - place))\">")
      page.add("\(numberText(tick, digits: 6, isShort: true))</span>")
    }
    if let threshold = plot.chart.threshold, !plot.chart.thresholdName.isEmpty,
      let place = plot.axis.position(threshold), (0...1).contains(place)
    {
      page.add("<span class=\"tt\" style=\"top:\(percentPlace(1 - place))\">")
      page.name(plot.chart.thresholdName)
      page.add("</span>")
    }
    page.add("</div>")
    for tick in wholeTicks(Double(plot.grid.first), Double(plot.grid.last)) {
      let place = percentPlace(plot.grid.position(tick))
      page.add(
        "<span class=\"xt\" style=\"left:\(place)\">\(numberText(tick, digits: 7, isShort: true))</span>"
      )
    }
  }

  /// Labels at the ends of lines, moved apart, each with a leader in the line's colour and dashes.
  private func addLabels(to page: inout Markup) {
    let ends: [(group: Int, y: Double)] = groups.indices.compactMap { index in
      guard let end = plot.curves[index].end, let place = plot.axis.position(end.value) else {
        return nil
      }
      return (index, (1 - min(max(place, 0), 1)) * Self.height)
    }
    let shown = Array(ends.prefix(Self.labels))
    let places = spread(shown.map(\.y), gap: 16, within: 2...Self.height - 2)
    page.add("<svg class=\"lead\" aria-hidden=\"true\">")
    for (end, y) in zip(shown, places) {
      page.add("<path class=\"m \(DrawnGroup.style(end.group))\" data-g=\"\(end.group)\" ")
      page.add("d=\"M0 \(Int(end.y.rounded()))L12 \(Int(y.rounded()))h8\"/>")
    }
    page.add("</svg>")
    for (end, y) in zip(shown, places) {
      page.add("<span class=\"end\" data-g=\"\(end.group)\" style=\"top:\(Int(y.rounded()))px\">")
      page.add("<b>\(end.group + 1)</b><span>")
      page.name(groups[end.group].shortName)
      page.add("</span></span>")
    }
  }

  private func addCaption(to page: inout Markup) {
    var sentences: [String] = []
    if plot.grid.width > 1 { sentences.append("Each point holds \(plot.grid.width) epochs.") }
    let ended = groups.indices.count { plot.curves[$0].end != nil }
    if ended > Self.labels {
      sentences.append("Labelled are the first \(Self.labels) of \(ended) groups.")
    }
    let beyond = plot.chart.isLogarithmic ? plot.beyondLogarithmic : plot.beyondLinear
    page.add("<p class=\"caption\"><span class=\"beyond\">\(beyond)</span> ")
    page.add("\(sentences.joined(separator: " "))</p>\n")
  }
}
