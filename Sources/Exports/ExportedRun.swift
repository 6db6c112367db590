import RunContract

/// A run as it is handed on to other programs: plain values, nothing that has to be looked up.
public struct ExportedRun: Sendable {
  /// Where a run stands, in the few words that other programs know.
  public enum Phase: Sendable, CaseIterable {
    case waiting, running, finished, failed, cancelled
  }

  /// The run's name, which no other run of the export has.
  public var name: String
  public var experiment: String
  /// The state in the project's own words.
  public var state: String
  /// What the state means to programs that do not know it.
  public var phase: Phase
  /// SHA-256 of the config, in hexadecimal.
  public var configID: String
  public var parameters: [String: ParameterValue]
  /// Seconds since 1970, UTC; so are the other times.
  public var createdAt: Double?
  public var startedAt: Double?
  public var endedAt: Double?
  /// The scheduler's id of the job.
  public var jobID: String?
  /// Why the run is in its state.
  public var reason: String?
  /// The run's directory.
  public var directory: String?
  public var series: [ExportedSeries]

  public init(
    name: String, experiment: String, state: String, phase: Phase, configID: String,
    parameters: [String: ParameterValue] = [:], createdAt: Double? = nil,
    startedAt: Double? = nil, endedAt: Double? = nil, jobID: String? = nil,
    reason: String? = nil, directory: String? = nil, series: [ExportedSeries] = []
  ) {
    self.name = name
    self.experiment = experiment
    self.state = state
    self.phase = phase
    self.configID = configID
    self.parameters = parameters
    self.createdAt = createdAt
    self.startedAt = startedAt
    self.endedAt = endedAt
    self.jobID = jobID
    self.reason = reason
    self.directory = directory
    self.series = series
  }
}

/// The values of one metric of a run.
public struct ExportedSeries: Sendable {
  /// One value.
  public struct Point: Sendable, Equatable {
    public var step: Int
    public var epoch: Int
    /// Seconds since 1970, UTC, where it is known.
    public var time: Double?
    /// The value, which need not be finite.
    public var value: Double

    public init(step: Int, epoch: Int, time: Double?, value: Double) {
      self.step = step
      self.epoch = epoch
      self.time = time
      self.value = value
    }
  }

  public let name: String
  /// By step; points of one step in the order in which they came. TensorBoard takes a step that is below
  /// the one before for a restart, and forgets what stood between.
  public let points: [Point]

  public init(name: String, points: [Point]) {
    self.name = name
    let isSorted = zip(points, points.dropFirst()).allSatisfy { $0.step <= $1.step }
    // The standard library's sort is stable, though it does not promise so.
    self.points =
      isSorted
      ? points
      : points.enumerated().sorted { ($0.element.step, $0.offset) < ($1.element.step, $1.offset) }
        .map(\.element)
  }
}

extension ExportedRun {
  /// Parameters by name.
  var sortedParameters: [(name: String, value: ParameterValue)] {
    parameters.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
  }

  /// When the run began, as well as is known, for formats that must have a time.
  var beginning: Double { known(startedAt) ?? known(createdAt) ?? 0 }

  /// When a value was measured, as well as is known.
  func time(of point: ExportedSeries.Point) -> Double { known(point.time) ?? beginning }

  /// What is told of a run besides parameters and metrics: a name and a text.
  var facts: [(name: String, text: String)] {
    let facts: [(name: String, text: String?)] = [
      ("run", name), ("experiment", experiment), ("state", state), ("config", configID),
      ("job_id", jobID), ("reason", reason), ("directory", directory),
    ]
    return facts.compactMap { fact in fact.text.map { (name: fact.name, text: $0) } }
  }
}

/// A time that can be written: finite, and before the year 30000.
func known(_ time: Double?) -> Double? {
  time.flatMap { $0.isFinite && $0.magnitude < 1e12 ? $0 : nil }
}
