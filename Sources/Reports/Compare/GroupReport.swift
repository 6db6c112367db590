import Registry
import RunContract
import Terminal

/// Groups of runs side by side.
public struct GroupReport: Sendable {
  public private(set) var groups: [GroupSummary]
  /// The metrics that are shown; the first is the one that groups are judged by.
  public let metrics: [MetricChoice]
  /// What a reader of the table has to know of the groups.
  public let notes: [String]

  /// Runs in groups.
  /// - Throws: ``GroupingError`` where no run has a parameter of one of the names.
  public init(
    _ selection: ComparedRuns, by names: [String], scope: ValueScope = .finished
  ) throws(GroupingError) {
    let found = try selection.runs.grouped(by: names)
    let metrics = selection.metrics
    groups = concurrentMap(found) { GroupSummary($0, metrics, scope) }
    self.metrics = metrics
    notes = Self.notes(found, scope) + Self.notesOnLosses(found, metrics)
  }

  /// The trainer's losses hold the penalty times its weight: of two groups that weigh it otherwise, one
  /// may have the lower loss for that alone.
  private static func notesOnLosses(_ groups: [RunGroup], _ metrics: [MetricChoice]) -> [String] {
    let losses = metrics.map(\.name).filter {
      $0 == MetricName.loss || $0 == MetricName.validationLoss
    }
    let differ = ["penalty", "corr_weight"].filter { name in
      let values = groups.flatMap(\.runs).map { $0.parameters[name] }
      return Set(values).count > 1
    }
    if losses.isEmpty || differ.isEmpty { return [] }
    return [
      "\(losses.joined(separator: " and ")) of `train` \(losses.count == 1 ? "holds" : "hold") the "
        + "penalty times its weight, and \(differ.joined(separator: " and ")) "
        + "\(differ.count == 1 ? "differs" : "differ"); c_input and c_target are measured alike in "
        + "all groups (--metric c_input)"
    ]
  }

  private static func notes(_ groups: [RunGroup], _ scope: ValueScope) -> [String] {
    var notes: [String] = []
    let mixed = Set(groups.flatMap(\.mixed)).sorted()
    if !mixed.isEmpty {
      notes.append(
        "\(mixed.map(printable).joined(separator: ", ")) \(mixed.count == 1 ? "differs" : "differ") "
          + "within groups; --by \(GroupKey.automatic) tells all apart")
    }
    let others = groups.flatMap(\.runs).count { !$0.hasFinished && !$0.courses.isEmpty }
    if scope == .finished, others > 0 {
      notes.append(
        "the values are those of finished runs; --unfinished counts those of \(others) other "
          + "\(others == 1 ? "run" : "runs"), too")
    }
    let damaged = groups.flatMap(\.runs).filter { $0.run.damagedLines > 0 }
    if !damaged.isEmpty {
      let lines = damaged.reduce(0) { $0 + $1.run.damagedLines }
      notes.append(
        "\(lines) damaged lines of metrics of \(damaged.count) runs were not taken in")
    }
    return notes
  }

  /// Puts the groups into the order of a column.
  /// - Throws: ``SortError`` where there is no such column.
  public mutating func sort(by column: String, descending: Bool) throws(SortError) {
    let order = try flat.order(by: column, descending: descending)
    groups = order.map { groups[$0] }
  }

  /// A row a group, with everything that is known of it.
  public var flat: FlatTable {
    FlatTable(groups.map { columns($0) })
  }

  private func columns(
    _ summary: GroupSummary
  ) -> [(name: String, value: ParameterValue?)] {
    let group = summary.group
    let (highest, band) = (group.highestNorm, group.epochsInBand)
    return group.key.map { ("params.\($0.name)", $0.value) } + [
      ("n", ParameterValue(group.runs.count)), ("finished", ParameterValue(group.finished)),
      ("exploded", ParameterValue(group.exploded)),
      ("failed_otherwise", ParameterValue(group.failedOtherwise)),
      ("active", ParameterValue(group.active)),
    ]
      + metrics.flatMap { metric in
        Moment.allCases.flatMap {
          summary.estimate(metric, $0).columns("\(metric.name)_\($0.rawValue)")
        }
      } + [
        ("highest_grad_norm", ParameterValue?(highest?.point.value)),
        ("highest_grad_norm_run", highest.map { .string($0.run.name) }),
        ("highest_grad_norm_epoch", ParameterValue?(highest?.point.epoch)),
        ("highest_grad_norm_step", ParameterValue?(highest?.point.step)),
        ("epochs_in_band", ParameterValue?(band?.count)),
        ("epochs_with_norms", ParameterValue?(band?.of)),
      ] + summary.seconds.columns("seconds") + [
        ("node_hours", ParameterValue?(group.nodeHours))
      ]
  }

  /// An array of objects, one a group; the keys are part of the program's interface.
  public var json: JSONValue { .array(groups.map(json)) }

  private func json(_ summary: GroupSummary) -> JSONValue {
    let group = summary.group
    let (highest, band) = (group.highestNorm, group.epochsInBand)
    return [
      "group": .object(
        Dictionary(
          group.key.map { ($0.name, $0.value?.json ?? .null) }, uniquingKeysWith: { $1 })),
      "name": .string(group.name), "runs": .array(group.runs.map { .string($0.run.name) }),
      "n": JSONValue(group.runs.count), "finished": JSONValue(group.finished),
      "exploded": JSONValue(group.exploded),
      "failed_otherwise": JSONValue(group.failedOtherwise), "active": JSONValue(group.active),
      "metrics": .object(
        Dictionary(
          metrics.map { metric in
            (
              metric.name,
              [
                "last": summary.estimate(metric, .last).json,
                "best": summary.estimate(metric, .best).json,
              ]
            )
          }, uniquingKeysWith: { $1 })),
      "highest_grad_norm": JSONValue(highest?.point.value),
      "highest_grad_norm_run": JSONValue(highest?.run.name),
      "highest_grad_norm_epoch": JSONValue(highest?.point.epoch),
      "highest_grad_norm_step": JSONValue(highest?.point.step),
      "epochs_in_band": JSONValue(band?.count), "epochs_with_norms": JSONValue(band?.of),
      "seconds": summary.seconds.json, "node_hours": JSONValue(group.nodeHours),
      "mixed": .array(group.mixed.map { .string($0) }),
    ]
  }
}
