import Registry
import RunContract

/// What one run's course comes to.
public struct RunSummary: Sendable {
  public let run: RunRecord
  /// The run's hyperparameters.
  public let parameters: [String: ParameterValue]
  /// The courses of the metrics that were read, by name.
  public let courses: [String: MetricCourse]
  public let usage: RunUsage
  /// The highest gradient norm of a step before clipping; one that is not finite is higher than any.
  public let highestNorm: MetricPoint?
  /// The number of epochs whose mean gradient norm lies within ``NormBand/stable``, and of those that have
  /// one; `nil` where the run has no gradient norms.
  public let epochsInBand: (count: Int, of: Int)?

  init(_ run: RunRecord, courses: [String: MetricCourse], jobs: [JobUsage], now: Double) {
    self.run = run
    parameters = run.config.parameters
    self.courses = courses
    usage = RunUsage(run, jobs: jobs, now: now)
    let norms = courses[MetricName.gradNorm]
    highestNorm = norms?.highest
    epochsInBand = norms.map { norms in
      (norms.means.count { NormBand.stable.contains($0) }, norms.means.count)
    }
  }

  /// Whether a gradient was not finite or its norm before clipping was above ``NormBand/explosion``, applied
  /// or not. A run that its trainer ended for that reason has exploded also where no norm says so.
  public var hasExploded: Bool {
    if run.state == .diverged { return true }
    return highestNorm.map { !$0.value.isFinite || $0.value > NormBand.explosion } ?? false
  }
  /// Whether anything is known of the run's gradients.
  public var hasNorms: Bool { highestNorm != nil || run.state == .diverged }
  public var hasFinished: Bool { run.state == .completed }
  /// Whether the run ended otherwise than by finishing or exploding.
  public var hasFailedOtherwise: Bool { !run.state.isActive && !hasFinished && !hasExploded }

  /// The value of a metric that counts for the run.
  public func value(_ metric: MetricChoice, _ moment: Moment) -> Double? {
    guard let course = courses[metric.name] else { return nil }
    return switch moment {
    case .last: course.last
    case .best: metric.best(of: course)?.value
    }
  }

  /// The seed, as it is compared.
  var seed: ParameterValue? { parameters[GroupKey.seed] }

  /// Reads what becomes of these runs.
  static func read(
    _ runs: [RunRecord], _ metrics: [String], in registry: Registry, now: Double
  ) throws -> [RunSummary] {
    let ids = runs.map(\.id)
    let always = [MetricName.gradNorm, MetricName.loss, MetricName.corrPenalty]
    let names = Set(metrics + always)
    let courses = try registry.courses(of: names.sorted(), runs: ids)
    let jobs = try registry.jobs(runs: ids)
    return runs.map {
      RunSummary($0, courses: courses[$0.id] ?? [:], jobs: jobs[$0.id] ?? [], now: now)
    }
  }
}

/// Which value of a metric counts: that of the last epoch or that of the best one.
public enum Moment: String, Sendable, CaseIterable {
  case last, best
}
