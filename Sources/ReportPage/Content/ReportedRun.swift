/// One run, with all that the page says of it.
public struct ReportedRun: Sendable {
  /// How a run ended, or where it stands.
  public enum Outcome: String, Sendable, CaseIterable {
    case finished, exploded, failed, cancelled, running, waiting
    case noMetrics = "no metrics"
  }

  public var name: String
  public var experiment: String
  /// The index of its group in ``ReportContent/groups``; `nil`, and any index that is none, for a run
  /// that belongs to no group.
  public var group: Int?
  /// The state in the project's own words.
  public var state: String
  public var outcome: Outcome
  /// Lines of `metrics.jsonl` that were no records.
  public var damagedLines: Int
  public var seed: String?
  /// Every hyperparameter.
  public var parameters: [ReportedParameter]
  /// Epochs that were done, and those that were asked for.
  public var epochs: Int
  public var askedEpochs: Int?
  public var wallSeconds: Double?
  public var nodeHours: Double?
  public var highestNorm: ReportedNorm?
  /// Last and best values by the metric's name; those of a series stand in for one that is not here.
  public var summaries: [String: ReportedSummary]
  public var series: [ReportedSeries]

  public init(
    name: String, experiment: String, group: Int?, state: String, outcome: Outcome,
    damagedLines: Int = 0, seed: String? = nil, parameters: [ReportedParameter] = [],
    epochs: Int = 0, askedEpochs: Int? = nil, wallSeconds: Double? = nil,
    nodeHours: Double? = nil, highestNorm: ReportedNorm? = nil,
    summaries: [String: ReportedSummary] = [:], series: [ReportedSeries] = []
  ) {
    self.name = name
    self.experiment = experiment
    self.group = group
    self.state = state
    self.outcome = outcome
    self.damagedLines = damagedLines
    self.seed = seed
    self.parameters = parameters
    self.epochs = epochs
    self.askedEpochs = askedEpochs
    self.wallSeconds = wallSeconds
    self.nodeHours = nodeHours
    self.highestNorm = highestNorm
    self.summaries = summaries
    self.series = series
  }
}

/// A hyperparameter: its text, and the number that it is where it is one.
public struct ReportedParameter: Sendable, Equatable {
  public var name: String
  public var text: String
  public var number: Double?

  public init(name: String, text: String, number: Double? = nil) {
    self.name = name
    self.text = text
    self.number = number
  }
}

/// The highest gradient norm of a run before clipping, which need not be finite, and where it was.
public struct ReportedNorm: Sendable, Equatable {
  public var value: Double
  public var epoch: Int
  public var step: Int

  public init(value: Double, epoch: Int, step: Int) {
    self.value = value
    self.epoch = epoch
    self.step = step
  }
}

/// What a metric's course comes to.
public struct ReportedSummary: Sendable, Equatable {
  /// The last value, which need not be finite.
  public var last: Double?
  /// The lowest and the highest of the finite values.
  public var lowest: Double?
  public var highest: Double?

  public init(last: Double?, lowest: Double?, highest: Double?) {
    self.last = last
    self.lowest = lowest
    self.highest = highest
  }

  /// That of a course.
  public init(_ points: [ReportedSeries.Point]) {
    let finite = points.lazy.map(\.value).filter(\.isFinite)
    self.init(last: points.last?.value, lowest: finite.min(), highest: finite.max())
  }
}

/// The values of one metric of a run, one an epoch.
public struct ReportedSeries: Sendable {
  /// One value, which need not be finite.
  public struct Point: Sendable, Equatable {
    public var epoch: Int
    public var value: Double

    public init(epoch: Int, value: Double) {
      self.epoch = epoch
      self.value = value
    }
  }

  public let name: String
  /// By epoch; points of one epoch in the order in which they came.
  public let points: [Point]

  public init(name: String, points: [Point]) {
    self.name = name
    let isSorted = zip(points, points.dropFirst()).allSatisfy { $0.epoch <= $1.epoch }
    self.points =
      isSorted
      ? points
      : points.enumerated().sorted { ($0.element.epoch, $0.offset) < ($1.element.epoch, $1.offset) }
        .map(\.element)
  }
}

extension ReportedRun {
  /// Whether its node-hours came to nothing.
  var isWasted: Bool { outcome == .exploded || outcome == .failed || outcome == .cancelled }

  /// What a metric came to, given or from its series.
  func summary(_ metric: String) -> ReportedSummary? {
    summaries[metric]
      ?? series.first { $0.name == metric && !$0.points.isEmpty }.map { ReportedSummary($0.points) }
  }
}
