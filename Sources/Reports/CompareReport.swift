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

  /// Reads the course of a run.
  public init(_ run: RunRecord, in registry: Registry) throws {
    self.run = run
    let losses = try registry.epochMeans(MetricName.loss, run: run.id)
    firstLoss = losses.first?.value
    lastLoss = losses.last?.value
    let best = losses.filter { !$0.value.isNaN }.min { $0.value < $1.value }
    bestLoss = best?.value
    bestEpoch = best?.epoch
    let highest = try registry.highest(MetricName.gradNorm, run: run.id)
    highestNorm = highest?.value
    highestNormEpoch = highest?.epoch
    lastPenalty = try registry.epochMeans(MetricName.corrPenalty, run: run.id).last?.value
  }
}

/// Runs side by side: the parameters that differ and what came of them.
public struct CompareReport: Sendable {
  public let courses: [RunCourse]
  /// The names of the parameters that are not the same in all runs, sorted.
  public let differing: [String]

  /// A comparison of these runs.
  public init(_ runs: [RunRecord], in registry: Registry) throws {
    courses = try runs.map { try RunCourse($0, in: registry) }
    let configs = runs.map { $0.config.parameters }
    let names = Set(configs.flatMap(\.keys))
    differing = names.filter { name in Set(configs.map { $0[name] }).count > 1 }.sorted()
  }

  /// An array of objects, one a run; the keys are part of the program's interface.
  public var json: JSONValue {
    .array(
      courses.map { course in
        let parameters = course.run.config.parameters
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
      let parameters = course.run.config.parameters
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
      switch $0.run.config.parameters[name] {
      case .number, nil: true
      case .bool, .string: false
      }
    }
  }
}
