/// A chart with all that is drawn on it.
struct ChartPlot {
  let chart: ReportedChart
  let grid: EpochGrid
  /// One for each drawn group.
  let curves: [GroupCurve]
  let linear: ValueAxis
  let logarithmic: ValueAxis
  /// What lies beyond each axis, in words.
  let beyondLinear: String
  let beyondLogarithmic: String

  /// What the groups' bands show.
  let band: GroupCurve.Band

  /// The axis that is drawn without the script.
  var axis: ValueAxis { chart.isLogarithmic ? logarithmic : linear }

  /// `nil` where no run has a value.
  init?(
    _ chart: ReportedChart, _ runs: [ReportedRun], _ groups: [DrawnGroup], points: Int,
    band: GroupCurve.Band
  ) {
    let series = groups.map { group in
      group.runs.compactMap { index in runs[index].series.first { $0.name == chart.metric } }
    }
    let grid = EpochGrid(series.joined(), points: points)
    guard grid.count > 0 else { return nil }
    self.chart = chart
    self.grid = grid
    // What has passed a threshold is not to be hidden by the middle half.
    self.band = chart.threshold == nil ? band : .extremes
    curves = series.map { [band = self.band] in GroupCurve($0, on: grid, band: band) }
    let always = [chart.threshold, chart.shaded?.lowerBound, chart.shaded?.upperBound]
      .compactMap { $0 }
    let values = curves.flatMap { curve in
      curve.places.flatMap { $0.finite > 0 ? [$0.low, $0.median, $0.high] : [] }
    }
    linear = ValueAxis(values, isLogarithmic: false, always: always)
    logarithmic = ValueAxis(values, isLogarithmic: true, always: always)
    beyondLinear = beyond(linear, series)
    beyondLogarithmic = beyond(logarithmic, series)
  }
}

/// How many finite values lie above and below an axis.
private func beyond(_ axis: ValueAxis, _ series: [[ReportedSeries]]) -> String {
  var (above, below) = (0, 0)
  for course in series.joined() {
    for point in course.points where point.value.isFinite {
      if point.value > axis.high { above += 1 }
      if point.value < axis.low { below += 1 }
    }
  }
  let sides = [(above, "above", axis.high), (below, "below", axis.low)].filter { $0.0 > 0 }
  return sides.map { count, side, end in
    let text = numberText(end, digits: 3, isShort: true)
    return "\(counted(count, "value")) \(side) \(text) beyond the axis."
  }.joined(separator: " ")
}
