import Registry
import RunContract

/// What runs are put together by: hyperparameters, and two words of the registry.
public enum GroupKey {
  /// The experiment's name.
  public static let experiment = "experiment"
  /// The short id of the config.
  public static let config = "config"
  /// All parameters that differ, but for the seed.
  public static let automatic = "auto"
  /// What a group never tells apart by itself: its runs are the repetitions.
  public static let seed = "seed"
}

/// Runs that have the same values of some parameters.
public struct RunGroup: Sendable {
  /// The values of the parameters that the runs are grouped by, in their order; `nil` where they have none.
  public let key: [(name: String, value: ParameterValue?)]
  public let runs: [RunSummary]

  /// `penalty=quadratic corr_weight=0.5`.
  public var name: String {
    if key.isEmpty { return "all runs" }
    return key.map { "\($0.name)=\($0.value?.text ?? "–")" }.joined(separator: " ")
  }

  public var finished: Int { runs.count(where: \.hasFinished) }
  public var exploded: Int { runs.count(where: \.hasExploded) }
  /// Runs that ended otherwise than by finishing or exploding.
  public var failedOtherwise: Int { runs.count(where: \.hasFailedOtherwise) }
  /// Runs that are not over.
  public var active: Int { runs.count(where: \.run.state.isActive) }

  /// The run with the highest gradient norm, and that norm.
  public var highestNorm: (run: RunRecord, point: MetricPoint)? {
    var highest: (run: RunRecord, point: MetricPoint)?
    for summary in runs {
      guard let point = summary.highestNorm else { continue }
      if highest.map({ point.value.isHigher(than: $0.point.value) }) ?? true {
        highest = (summary.run, point)
      }
    }
    return highest
  }

  /// Epochs whose mean gradient norm lies within the band, and all that have one.
  public var epochsInBand: (count: Int, of: Int)? {
    let counts = runs.compactMap(\.epochsInBand)
    return counts.isEmpty ? nil : counts.reduce((0, 0)) { ($0.0 + $1.count, $0.1 + $1.of) }
  }

  public var nodeHours: Double? {
    let hours = runs.compactMap(\.usage.nodeHours)
    return hours.isEmpty ? nil : hours.reduce(0, +)
  }

  /// The parameters, but for the seed, that differ within the group.
  public var mixed: [String] {
    differingParameters(of: runs).filter { $0 != GroupKey.seed }
  }
}

/// The names of the parameters that are not the same in all runs, sorted.
func differingParameters(of runs: [RunSummary]) -> [String] {
  let names = Set(runs.flatMap(\.parameters.keys))
  return names.filter { name in
    runs.contains { $0.parameters[name] != runs[0].parameters[name] }
  }.sorted()
}

extension RunSummary {
  /// The run's value of what runs may be grouped by.
  fileprivate func value(of key: String) -> ParameterValue? {
    if let value = parameters[key] { return value }
    return switch key {
    case GroupKey.experiment: .string(run.experiment)
    case GroupKey.config: .string(run.configShortID)
    default: nil
    }
  }
}

/// Names to group by that nothing is known of.
public struct GroupingError: Error, CustomStringConvertible {
  public let description: String
}

extension [RunSummary] {
  /// All parameters that differ but the seed; those that are texts, which name a kind, before numbers.
  private var automaticNames: [String] {
    let names = differingParameters(of: self).filter { $0 != GroupKey.seed }
    let texts = names.filter { name in
      contains { if case .string = $0.parameters[name] { true } else { false } }
    }
    return texts + names.filter { !texts.contains($0) }
  }

  /// The runs in groups, in the order of the groups' values.
  /// - Throws: ``GroupingError`` where no run has a parameter of one of the names.
  func grouped(by names: [String]) throws(GroupingError) -> [RunGroup] {
    let names =
      names == [GroupKey.automatic] ? automaticNames : names
    let known = Set(flatMap(\.parameters.keys)).union([GroupKey.experiment, GroupKey.config])
    for name in names where !known.contains(name) {
      throw GroupingError(
        description: "no run here has a parameter \(printable(name))"
          + didYouMean(name, in: known.sorted()))
    }
    let groups = [[ParameterValue?]: [RunSummary]](grouping: self) { run in
      names.map { run.value(of: $0) }
    }
    return groups.sorted { left, right in
      left.key.lexicographicallyPrecedes(right.key) { SortKey($0) < SortKey($1) }
    }.map { values, runs in
      RunGroup(key: zip(names, values).map { (name: $0, value: $1) }, runs: runs)
    }
  }
}
