import Registry
import RunContract
import Statistics

/// Which runs' values count in means, intervals and tests.
public enum ValueScope: Sendable {
  /// Those of runs that have completed: the last values of a run that was stopped under way are those of a
  /// shorter training.
  case finished
  /// Those of all runs that have any.
  case all
}

/// A group of runs and what it comes to.
public struct GroupSummary: Sendable {
  public let group: RunGroup
  /// The runs whose values count.
  public let counted: [RunSummary]
  /// Wall-clock seconds of the runs that count.
  public let seconds: Estimate
  private let estimates: [MetricChoice: [Moment: Estimate]]

  init(_ group: RunGroup, _ metrics: [MetricChoice], _ scope: ValueScope) {
    self.group = group
    let counted = group.runs.filter { scope == .all || $0.hasFinished }
    self.counted = counted
    seconds = Estimate(counted.compactMap(\.usage.seconds))
    estimates = metrics.reduce(into: [:]) { estimates, metric in
      for moment in Moment.allCases {
        let values = counted.compactMap { $0.value(metric, moment) }
        estimates[metric, default: [:]][moment] = Estimate(values)
      }
    }
  }

  /// A metric's value over the runs that count and have one.
  public func estimate(_ metric: MetricChoice, _ moment: Moment) -> Estimate {
    estimates[metric]?[moment] ?? Estimate([])
  }

  /// The median over all runs of the group, epoch by epoch; an epoch in which any run's mean is no number
  /// is none.
  public func curve(_ metric: MetricChoice) -> [Double] {
    var values: [Int: [Double]] = [:]
    for course in group.runs.compactMap({ $0.courses[metric.name] }) {
      for (epoch, mean) in zip(course.epochs, course.means) {
        values[epoch, default: []].append(mean)
      }
    }
    return values.sorted { $0.key < $1.key }.map { _, means in
      means.allSatisfy(\.isFinite) ? Statistics.median(means) ?? .nan : .nan
    }
  }
}
