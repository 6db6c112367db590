/// What the script shows: the groups' and the runs' courses as compact text within JSON.
struct CourseData {
  let content: ReportContent
  let groups: [DrawnGroup]
  let plots: [ChartPlot]
  /// Points of a single run's course, `nil` for all of them.
  let points: Int?
  /// Runs whose courses are embedded: the first so many.
  let count: Int

  /// The fewest points by which a course can be known.
  private static let fewest = 14

  init(
    _ content: ReportContent, _ groups: [DrawnGroup], _ plots: [ChartPlot], limits: ReportLimits
  ) {
    (self.content, self.groups, self.plots) = (content, groups, plots)
    let names = Set(plots.map(\.chart.metric))
    let series = content.runs.lazy.flatMap(\.series).filter { names.contains($0.name) }
    let (all, total) = series.reduce((0, 0)) { ($0.0 + 1, $0.1 + $1.points.count) }
    // Six characters a point and one for the course.
    if total * 6 + all * 4 <= limits.runBytes {
      (points, count) = (nil, content.runs.count)
      return
    }
    let room = limits.runBytes / max(all, 1) / 6
    points = max(room, Self.fewest)
    count =
      room >= Self.fewest
      ? content.runs.count
      : limits.runBytes / (max(plots.count, 1) * Self.fewest * 6)
  }

  /// What is not embedded, in words.
  var note: String? {
    guard let points, !plots.isEmpty else { return nil }
    let left =
      count < content.runs.count ? ", of the first \(count) of \(content.runs.count) runs" : ""
    return
      "Single runs, which the script shows, have at most \(points) points a chart\(left): of each "
      + "stretch of epochs the lowest, the highest and the first that is not finite. Lines and bands "
      + "of groups come from all values."
  }

  func add(to page: inout Markup) {
    guard !plots.isEmpty else { return }
    page.add("<script type=\"application/json\" id=\"data\">{\"groups\":[")
    page.list(groups) { page, group in page.add(scriptText(group.name)) }
    page.add("],\"sizes\":[\(groups.map { "\($0.runs.count)" }.joined(separator: ","))],\"runs\":[")
    var groupOf = [Int](repeating: -1, count: content.runs.count)
    for (number, group) in groups.enumerated() {
      for run in group.runs { groupOf[run] = number }
    }
    page.list(content.runs.indices) { page, index in
      page.add("[\(scriptText(content.runs[index].name)),\(groupOf[index])]")
    }
    page.add("],\"charts\":[\n")
    page.list(plots) { page, plot in add(plot, to: &page) }
    page.add("]}</script>\n")
  }

  private func add(_ plot: ChartPlot, to page: inout Markup) {
    let (chart, grid) = (plot.chart, plot.grid)
    page.add("{\"title\":\(scriptText(chart.title)),\"log\":\(chart.isLogarithmic ? 1 : 0),")
    page.add("\"grid\":[\(grid.first),\(grid.width),\(grid.count),\(grid.last),\(step(grid))],")
    page.add("\"linear\":[\(json(plot.linear.low)),\(json(plot.linear.high))],")
    page.add("\"logarithmic\":[\(json(plot.logarithmic.low)),\(json(plot.logarithmic.high))],")
    page.add("\"threshold\":\(chart.threshold.map(json) ?? "null"),\"shaded\":")
    page.add(chart.shaded.map { "[\(json($0.lowerBound)),\(json($0.upperBound))]" } ?? "null")
    page.add(",\"beyond\":[\(scriptText(plot.beyondLinear)),")
    page.add("\(scriptText(plot.beyondLogarithmic))],\"groups\":[")
    page.list(plot.curves) { page, curve in page.add(encoded(curve)) }
    page.add("],\"last\":")
    page.add(summaries(chart))
    page.add(",\"runs\":[\n")
    page.list(content.runs.prefix(count)) { page, run in
      page.add(encoded(run.series.first { $0.name == chart.metric }, grid))
    }
    page.add("]}\n")
  }

  /// For each place the median and both ends of the band, and how many values are finite and not.
  private func encoded(_ curve: GroupCurve) -> [UInt8] {
    let places = curve.places.indices.filter {
      curve.places[$0].finite + curve.places[$0].nonFinite > 0
    }
    var text = Encoding()
    if let first = places.first, let last = places.last {
      text.add(whole: first, 4)
      for place in curve.places[first...last] {
        for value in [place.median, place.low, place.high] { text.add(value, characters: 4) }
        text.add(whole: place.finite, 2)
        text.add(whole: place.nonFinite, 2)
      }
    }
    return text.quoted
  }

  /// Epochs since the grid's first, and values, three characters each.
  private func encoded(_ series: ReportedSeries?, _ grid: EpochGrid) -> [UInt8] {
    var text = Encoding()
    for point in thinned(series?.points ?? [], to: points ?? .max) {
      text.add(whole: (EpochGrid.bounded(point.epoch) - grid.first) / step(grid), 3)
      text.add(point.value, characters: 3)
    }
    return text.quoted
  }

  /// How many epochs are one of those by which points are placed: three characters hold 2¹⁸.
  private func step(_ grid: EpochGrid) -> Int { 1 + (grid.last - grid.first) >> 18 }

  /// For each run the last, lowest and highest value, four characters each.
  private func summaries(_ chart: ReportedChart) -> [UInt8] {
    var text = Encoding()
    for run in content.runs {
      let summary = run.summary(chart.metric)
      for value in [summary?.lowest, summary?.highest, summary?.last] {
        text.add(value ?? .nan, characters: 4)
      }
      text.add(whole: summary == nil ? 0 : 1, 1)
    }
    return text.quoted
  }
}

private func json(_ value: Double) -> String { "\(value)" }

extension Encoding {
  /// The text as JSON.
  var quoted: [UInt8] { [UInt8(ascii: "\"")] + bytes + [UInt8(ascii: "\"")] }
}

extension Markup {
  /// Elements with commas between them.
  mutating func list<Elements: Sequence>(
    _ elements: Elements, _ add: (inout Markup, Elements.Element) -> Void
  ) {
    for (index, element) in elements.enumerated() {
      if index > 0 { self.add(",") }
      add(&self, element)
    }
  }
}
