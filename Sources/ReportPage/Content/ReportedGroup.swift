/// Runs that differ only in what is repeated.
public struct ReportedGroup: Sendable {
  /// The group's name, as `penalty=quadratic corr_weight=0.5`.
  public var name: String
  /// The parameters that make the group.
  public var parameters: [ReportedParameter]
  /// How many runs there are, how many of them finished, exploded, and failed for other reasons.
  public var count: Int
  public var finished: Int
  public var exploded: Int
  public var otherFailures: Int
  /// Means with their intervals, in the table's order of columns.
  public var cells: [ReportedCell]

  public init(
    name: String, parameters: [ReportedParameter] = [], count: Int, finished: Int, exploded: Int,
    otherFailures: Int, cells: [ReportedCell] = []
  ) {
    self.name = name
    self.parameters = parameters
    self.count = count
    self.finished = finished
    self.exploded = exploded
    self.otherFailures = otherFailures
    self.cells = cells
  }

  /// The name without what the parameters are called, for places that have little room.
  var shortName: String {
    parameters.isEmpty ? name : parameters.map(\.text).joined(separator: " · ")
  }
}

/// A mean over a group's runs with its interval.
public struct ReportedCell: Sendable {
  /// The column's heading; cells of one heading stand below each other.
  public var column: String
  public var mean: Double?
  public var low: Double?
  public var high: Double?

  public init(column: String, mean: Double?, low: Double? = nil, high: Double? = nil) {
    self.column = column
    self.mean = mean
    self.low = low
    self.high = high
  }
}

/// A baseline beside another group.
public struct ReportedComparison: Sendable {
  public var baseline: String
  public var other: String
  /// What is compared, as `validation loss, last`.
  public var metric: String
  /// What can and cannot be concluded.
  public var sentence: String
  /// The other's mean less the baseline's, with its interval.
  public var difference: Double?
  public var low: Double?
  public var high: Double?
  public var p: Double?
  /// The same, corrected for the number of comparisons.
  public var adjustedP: Double?

  public init(
    baseline: String, other: String, metric: String, sentence: String, difference: Double? = nil,
    low: Double? = nil, high: Double? = nil, p: Double? = nil, adjustedP: Double? = nil
  ) {
    self.baseline = baseline
    self.other = other
    self.metric = metric
    self.sentence = sentence
    self.difference = difference
    self.low = low
    self.high = high
    self.p = p
    self.adjustedP = adjustedP
  }
}
