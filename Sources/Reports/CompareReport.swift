import Registry
import RunContract
import Terminal

/// What one run's course comes to.
public struct RunCourse: Sendable {
  public let run: RunRecord
  /// Mean training loss of the first and the last epoch that has one.
  public let firstLoss: Double?
  public let lastLoss: Double?
  /// The lowest mean training loss of an epoch, and that epoch.
  public let bestLoss: Double?
  public let bestEpoch: Int?
  /// The highest gradient norm of a step before clipping, and its epoch; a norm that is not finite is
  /// higher than any.
  public let highestNorm: Double?
  public let highestNormEpoch: Int?
  /// Mean correlation penalty of the last epoch.
  public let lastPenalty: Double?

  /// The run's hyperparameters.
  let parameters: [String: ParameterValue]

  fileprivate init(
    _ run: RunRecord, losses: [EpochMean], penalties: [EpochMean], highest: MetricPoint?
  ) {
    self.run = run
    parameters = run.config.parameters
    firstLoss = losses.first?.value
    lastLoss = losses.last?.value
    let best = losses.filter { !$0.value.isNaN }.min { $0.value < $1.value }
    bestLoss = best?.value
    bestEpoch = best?.epoch
    highestNorm = highest?.value
    highestNormEpoch = highest?.epoch
    lastPenalty = penalties.last?.value
  }

  /// Reads the courses of runs.
  static func read(_ runs: [RunRecord], in registry: Registry) throws -> [RunCourse] {
    let ids = runs.map(\.id)
    let losses = try registry.epochMeans(MetricName.loss, runs: ids)
    let penalties = try registry.epochMeans(MetricName.corrPenalty, runs: ids)
    let norms = try registry.highest(MetricName.gradNorm, runs: ids)
    return runs.map { run in
      RunCourse(
        run, losses: losses[run.id] ?? [], penalties: penalties[run.id] ?? [],
        highest: norms[run.id])
    }
  }
}

/// Runs side by side: the parameters that differ and what came of them.
public struct CompareReport: Sendable {
  public let courses: [RunCourse]
  /// The names of the parameters that are not the same in all runs, sorted.
  public let differing: [String]

  /// A comparison of these runs.
  public init(_ runs: [RunRecord], in registry: Registry) throws {
    courses = try RunCourse.read(runs, in: registry)
    let configs = courses.map(\.parameters)
    let names = Set(configs.flatMap(\.keys))
    differing = names.filter { name in Set(configs.map { $0[name] }).count > 1 }.sorted()
  }

  /// An array of objects, one a run; the keys are part of the program's interface.
  public var json: JSONValue {
    .array(
      courses.map { course in
        let parameters = course.parameters
        return [
          "run": .string(course.run.name), "experiment": .string(course.run.experiment),
          "config": .string(course.run.configSHA256), "state": .string(course.run.state.rawValue),
          "parameters": .object(
            Dictionary(
              uniqueKeysWithValues: differing.map { ($0, parameters[$0]?.json ?? .null) })),
          "first_loss": JSONValue(course.firstLoss), "last_loss": JSONValue(course.lastLoss),
          "best_loss": JSONValue(course.bestLoss), "best_epoch": JSONValue(course.bestEpoch),
          "highest_grad_norm": JSONValue(course.highestNorm),
          "highest_grad_norm_epoch": JSONValue(course.highestNormEpoch),
          "last_corr_penalty": JSONValue(course.lastPenalty),
          "epoch": JSONValue(course.run.lastEpoch), "epochs": JSONValue(course.run.epochs),
        ]
      })
  }

  /// A table with one row a run.
  public var table: Table {
    var table = Table(
      [Column("RUN")]
        // Parameters keep their own spelling, so that penalty (which one) is not PENALTY (how much).
        + differing.map { name in Column(name, number: isNumeric(name)) } + [
          Column("LOSS 1ST", number: true), Column("LAST", number: true),
          Column("BEST", number: true), Column("MAX ‖g‖", number: true),
          Column("AT", number: true), Column("PENALTY", number: true), Column("STATE"),
        ])
    let best = courses.compactMap(\.bestLoss).min()
    table.rows = courses.map { course in
      let parameters = course.parameters
      return [Cell(course.run.name, .strong)]
        + differing.map { Cell(parameters[$0]?.text ?? "–") } + [
          Cell(short(course.firstLoss)), Cell(short(course.lastLoss)),
          Cell(short(course.bestLoss), course.bestLoss == best ? .good : nil),
          Cell(short(course.highestNorm), normRole(course.highestNorm)),
          Cell(course.highestNormEpoch.map(String.init) ?? "–"),
          Cell(short(course.lastPenalty)),
          Cell(course.run.state.rawValue, role(of: course.run.state)),
        ]
    }
    return table
  }

  private func isNumeric(_ name: String) -> Bool {
    courses.allSatisfy {
      switch $0.parameters[name] {
      case .number, nil: true
      case .bool, .string: false
      }
    }
  }
}
