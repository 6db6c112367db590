import Registry
import RunContract
import Terminal

/// Runs side by side: the parameters that differ and what came of them.
public struct CompareReport: Sendable {
  public private(set) var runs: [RunSummary]
  /// The metrics beside the training loss that are shown.
  public let metrics: [MetricChoice]
  /// The names of the parameters that are not the same in all runs, sorted.
  public let differing: [String]

  /// A comparison of these runs.
  public init(_ selection: ComparedRuns) {
    runs = selection.runs
    metrics = selection.metrics
    differing = runs.isEmpty ? [] : differingParameters(of: runs)
  }

  /// Puts the runs into the order of a column.
  /// - Throws: ``SortError`` where there is no such column.
  public mutating func sort(by column: String, descending: Bool) throws(SortError) {
    let order = try flat.order(by: column, descending: descending)
    runs = order.map { runs[$0] }
  }

  /// A row a run, with everything that is known of it.
  public var flat: FlatTable {
    FlatTable(runs.map { columns($0) })
  }

  private func columns(_ summary: RunSummary) -> [(name: String, value: ParameterValue?)] {
    let run = summary.run
    let highest = summary.highestNorm
    return [
      ("run", .string(run.name)), ("experiment", .string(run.experiment)),
      ("config", .string(run.configSHA256)), ("state", .string(run.state.rawValue)),
    ] + differing.map { ("params.\($0)", summary.parameters[$0]) } + [
      ("epoch", ParameterValue?(run.lastEpoch)), ("epochs", ParameterValue?(run.epochs)),
      ("exploded", summary.hasNorms ? .bool(summary.hasExploded) : nil),
    ]
      + metrics.flatMap { metric in
        let best = summary.courses[metric.name].flatMap { metric.best(of: $0) }
        return [
          ("\(metric.name)_last", ParameterValue?(summary.value(metric, .last))),
          ("\(metric.name)_best", ParameterValue?(best?.value)),
          ("\(metric.name)_best_epoch", ParameterValue?(best?.epoch)),
        ]
      } + [
        ("highest_grad_norm", ParameterValue?(highest?.value)),
        ("highest_grad_norm_epoch", ParameterValue?(highest?.epoch)),
        ("highest_grad_norm_step", ParameterValue?(highest?.step)),
        ("epochs_in_band", ParameterValue?(summary.epochsInBand?.count)),
        ("epochs_with_norms", ParameterValue?(summary.epochsInBand?.of)),
        ("seconds", ParameterValue?(summary.usage.seconds)),
        ("node_hours", ParameterValue?(summary.usage.nodeHours)),
        ("damaged_lines", ParameterValue(run.damagedLines)),
      ]
  }

  /// An array of objects, one a run; the keys are part of the program's interface.
  public var json: JSONValue { .array(runs.map(json)) }

  private func json(_ summary: RunSummary) -> JSONValue {
    let run = summary.run
    let loss = summary.courses[MetricName.loss]
    return [
      "run": .string(run.name), "experiment": .string(run.experiment),
      "config": .string(run.configSHA256), "state": .string(run.state.rawValue),
      "parameters": .object(
        Dictionary(
          uniqueKeysWithValues: differing.map { ($0, summary.parameters[$0]?.json ?? .null) })),
      "first_loss": JSONValue(loss?.means.first), "last_loss": JSONValue(loss?.last),
      "best_loss": JSONValue(loss?.lowest?.value), "best_epoch": JSONValue(loss?.lowest?.epoch),
      "exploded": summary.hasNorms ? .bool(summary.hasExploded) : .null,
      "highest_grad_norm": JSONValue(summary.highestNorm?.value),
      "highest_grad_norm_epoch": JSONValue(summary.highestNorm?.epoch),
      "highest_grad_norm_step": JSONValue(summary.highestNorm?.step),
      "epochs_in_band": JSONValue(summary.epochsInBand?.count),
      "epochs_with_norms": JSONValue(summary.epochsInBand?.of),
      "last_corr_penalty": JSONValue(summary.courses[MetricName.corrPenalty]?.last),
      "epoch": JSONValue(run.lastEpoch), "epochs": JSONValue(run.epochs),
      "metrics": .object(
        Dictionary(
          metrics.map { metric in
            let best = summary.courses[metric.name].flatMap { metric.best(of: $0) }
            return (
              metric.name,
              [
                "last": JSONValue(summary.value(metric, .last)), "best": JSONValue(best?.value),
                "best_epoch": JSONValue(best?.epoch),
              ]
            )
          }, uniquingKeysWith: { $1 })),
      "seconds": JSONValue(summary.usage.seconds), "node_hours": JSONValue(summary.usage.nodeHours),
      "damaged_lines": JSONValue(run.damagedLines),
    ]
  }
}
