/// Parallel coordinates: a line for each run through its hyperparameters to one metric.
struct ParallelSection {
  let content: ReportContent
  let metrics: [ReportedChart]
  let lines: Int

  private static let most = 8

  /// The metric that is shown at first.
  private var chosen: Int? {
    metrics.firstIndex { $0.metric == content.metric } ?? (metrics.isEmpty ? nil : 0)
  }

  func add(to page: inout Markup) {
    let runs = Array(content.runs.prefix(lines))
    let names = differing(runs)
    guard let chosen, !names.isEmpty, runs.count > 1 else { return }
    let axes = names.prefix(Self.most).map { ParallelAxis($0, runs) }
    let result = MetricPlaces(runs, metrics[chosen], best: content.best)
    page.section("parallel", "Hyperparameters and outcome")
    addChoice(chosen, to: &page)
    page.add("<div class=\"scroll\" tabindex=\"0\"><div class=\"parallel\" style=\"min-width:")
    page.add("\(100 * (axes.count + 1))px\">")
    page.add("<svg viewBox=\"0 0 1000 2400\" preserveAspectRatio=\"none\" aria-hidden=\"true\">")
    page.add("<path class=\"axes\" d=\"")
    for index in 0...axes.count { page.add("M\(x(index, axes.count)) 0v2400") }
    page.add("\"/>")
    // The best lie on top.
    for index in runs.indices.sorted(by: { (result.shades[$0], $0) > (result.shades[$1], $1) }) {
      addLine(index, axes, result, to: &page)
    }
    page.add("</svg>")
    for (index, axis) in axes.enumerated() {
      addAxis(axis.name, axis.ticks, at: index, of: axes.count, to: &page)
    }
    addAxis(result.name(metrics[chosen]), result.ticks, at: axes.count, of: axes.count, to: &page)
    page.add("</div></div>\n")
    addCaption(left: names.count - axes.count, to: &page)
  }

  private func addChoice(_ chosen: Int, to page: inout Markup) {
    page.add("<p class=\"js controls\"><label>metric <select id=\"metric\">")
    for (index, chart) in metrics.enumerated() {
      page.add("<option value=\"\(index)\"\(index == chosen ? " selected=\"selected\"" : "")>")
      page.text(chart.title)
      page.add("</option>")
    }
    page.add("</select></label> <label>value <select id=\"value\">")
    for best in ReportedBest.allCases {
      let mark = best == content.best ? " selected=\"selected\"" : ""
      page.add("<option value=\"\(best.rawValue)\"\(mark)>\(best.words)</option>")
    }
    page.add("</select></label></p>\n")
  }

  private func addLine(
    _ run: Int, _ axes: [ParallelAxis], _ result: MetricPlaces, to page: inout Markup
  ) {
    var path = ""
    var isDown = false
    for (index, axis) in axes.enumerated() {
      guard let place = axis.places[run] else {
        isDown = false
        continue
      }
      path += "\(isDown ? "L" : "M")\(x(index, axes.count)) \(LinePath.y(place))"
      isDown = true
    }
    page.add(
      "<path class=\"s\(result.shades[run])\" data-r=\"\(run)\" data-d=\"\(path)\" d=\"\(path)")
    if isDown, let place = result.places[run] {
      page.add("L\(x(axes.count, axes.count)) \(LinePath.y(place))")
    }
    page.add("\"/>")
  }

  /// Half an axis' room at both sides.
  private func x(_ index: Int, _ last: Int) -> Int { (2 * index + 1) * 1000 / (2 * last + 2) }

  private func addAxis(
    _ name: String, _ ticks: [(place: Double, text: String)], at index: Int, of last: Int,
    to page: inout Markup
  ) {
    let left = percentPlace(Double(x(index, last)) / 1000)
    page.add("<div class=\"axis\(index == last ? " result" : "")\" style=\"left:\(left)\"><b>")
    page.name(name)
    page.add("</b>")
    for tick in ticks {
      page.add("<span style=\"top:\(percentPlace(1 - tick.place))\">")
      page.name(tick.text)
      page.add("</span>")
    }
    page.add("</div>")
  }

  /// Parameters that differ between runs, but for the seed, which only repeats them.
  private func differing(_ runs: [ReportedRun]) -> [String] {
    let values = runs.map { run in
      Dictionary(run.parameters.map { ($0.name, $0.text) }, uniquingKeysWith: { $1 })
    }
    return unique(runs.lazy.flatMap(\.parameters).map(\.name)).filter { name in
      name != "seed" && Set(values.map { $0[name] }).count > 1
    }
  }

  private func addCaption(left: Int, to page: inout Markup) {
    page.add(
      "<p class=\"caption\"><span class=\"shades fifths\"><i class=\"s0\"></i><i class=\"s1\">")
    page.add("</i><i class=\"s2\"></i><i class=\"s3\"></i><i class=\"s4\"></i></span> ")
    page.add(
      "best to worst fifth of the runs; <span class=\"shades fifths\"><i class=\"s5\"></i></span> ")
    page.add("no finite value. Runs with the same values lie beside each other.")
    if left > 0 { page.add(" \(counted(left, "more parameter")) differ\(left == 1 ? "s" : "").") }
    if content.runs.count > lines {
      page.add(" The first \(lines) of \(content.runs.count) runs.")
    }
    page.add("</p></section>\n")
  }
}

/// Where the runs lie on the axis of a metric, and how good they are.
struct MetricPlaces {
  let ticks: [(place: Double, text: String)]
  /// `nil` for a run without any value; what is not finite lies on the upper edge.
  private(set) var places: [Double?]
  /// The fifth of the runs that a run is in, 0 the best; 5 without a finite value.
  private(set) var shades: [Int]
  private let best: ReportedBest

  init(_ runs: [ReportedRun], _ chart: ReportedChart, best: ReportedBest) {
    self.best = best
    let summaries = runs.map { $0.summary(chart.metric) }
    let values = summaries.map { $0.flatMap(best.value) }
    let finite = values.compactMap { $0 }.filter(\.isFinite)
    let axis = ValueAxis(finite, isLogarithmic: false)
    ticks = axis.ticks.compactMap { tick in
      axis.position(tick).map { ($0, numberText(tick, isShort: true)) }
    }
    places = zip(values, summaries).map { value, summary in
      guard let value, value.isFinite else { return summary == nil ? nil : 1.04 }
      return axis.position(value).map { min(max($0, 0), 1) }
    }
    shades = Array(repeating: 5, count: runs.count)
    let order = values.indices.filter { values[$0]?.isFinite ?? false }.sorted {
      let (a, b) = (values[$0] ?? 0, values[$1] ?? 0)
      return a == b ? $0 < $1 : best.isLow ? a < b : a > b
    }
    for (rank, index) in order.enumerated() { shades[index] = rank * 5 / order.count }
  }

  func name(_ chart: ReportedChart) -> String { "\(chart.title), \(best.word)" }
}
