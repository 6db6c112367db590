/// All that a report shows, as plain values: nothing in it has to be looked up, and nothing in it is
/// trusted to be free of markup.
public struct ReportContent: Sendable {
  /// The page's heading.
  public var title: String
  /// When the page was made, as text in UTC.
  public var madeAt: String
  /// The program's version.
  public var version: String
  /// How the runs were chosen, as text: the filters, the grouping.
  public var choice: String
  public var runs: [ReportedRun]
  /// Runs that differ only in what is repeated, mostly the seed. Without any, each run is drawn for
  /// itself where they are few, and all together where they are many.
  public var groups: [ReportedGroup]
  public var comparisons: [ReportedComparison]
  /// The charts of metrics over epochs; those that no run has a value for are left out.
  public var charts: [ReportedChart]
  /// The parameters that span the stability map.
  public var map: ReportedMap
  /// The metric that the parallel coordinates show at first.
  public var metric: String
  /// Which of its values, and what is best.
  public var best: ReportedBest
  /// What a reader has to know besides, one sentence each.
  public var notes: [String]

  public init(
    title: String, madeAt: String, version: String, choice: String, runs: [ReportedRun] = [],
    groups: [ReportedGroup] = [], comparisons: [ReportedComparison] = [],
    charts: [ReportedChart] = ReportedChart.standard, map: ReportedMap = ReportedMap(),
    metric: String = "val_loss", best: ReportedBest = .lowest,
    notes: [String] = []
  ) {
    self.title = title
    self.madeAt = madeAt
    self.version = version
    self.choice = choice
    self.runs = runs
    self.groups = groups
    self.comparisons = comparisons
    self.charts = charts
    self.map = map
    self.metric = metric
    self.best = best
    self.notes = notes
  }
}

/// The names of the parameters that span the stability map.
public struct ReportedMap: Sendable {
  /// One panel for each of its values.
  public var panel: String
  /// One row for each of its values.
  public var row: String
  /// One column for each of its values.
  public var column: String

  public init(
    panel: String = "penalty", row: String = "corr_weight", column: String = "clip_value"
  ) {
    self.panel = panel
    self.row = row
    self.column = column
  }
}

/// Which value of a metric stands for a run, and whether low or high is good.
public enum ReportedBest: Int, Sendable, CaseIterable {
  case lowest, highest, lastLow, lastHigh

  var isLow: Bool { self == .lowest || self == .lastLow }

  var word: String {
    switch self {
    case .lowest: "lowest"
    case .highest: "highest"
    case .lastLow, .lastHigh: "last"
    }
  }

  var words: String { "\(word), \(isLow ? "low" : "high") is best" }

  func value(_ summary: ReportedSummary) -> Double? {
    switch self {
    case .lowest: summary.lowest
    case .highest: summary.highest
    case .lastLow, .lastHigh: summary.last
    }
  }
}
