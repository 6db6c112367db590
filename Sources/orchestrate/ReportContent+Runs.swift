import Foundation
import Registry
import ReportPage
import Reports
import RunContract

extension ReportContent {
  /// What a page shows of groups of runs.
  init(
    _ compared: ComparedRuns, _ report: GroupReport, _ baseline: BaselineReport?,
    title: String, choice: String, charts: [ReportedChart], now: Double
  ) {
    let places = Dictionary(
      report.groups.enumerated().flatMap { index, summary in
        summary.group.runs.map { ($0.run.id, index) }
      }, uniquingKeysWith: { $1 })
    let metrics = compared.metrics
    self.init(
      title: title, madeAt: timestamp(now), version: Orchestrate.configuration.version,
      choice: choice, runs: compared.runs.map { ReportedRun($0, group: places[$0.run.id]) },
      groups: report.groups.map { ReportedGroup($0, metrics) },
      comparisons: baseline?.comparisons.map { ReportedComparison($0) } ?? [],
      charts: charts, metric: metrics.first?.name ?? MetricName.loss,
      best: metrics.first?.lowerIsBetter ?? true ? .lowest : .highest, notes: report.notes)
  }
}

extension ReportedChart {
  /// What a chart draws of each epoch: the mean, but of gradient norms the highest, for one bad step is
  /// what ends a training.
  static func values(of metric: String, _ course: MetricCourse) -> [Double] {
    metric == MetricName.gradNorm ? course.highs : course.means
  }

  /// The usual charts, and one for each further metric.
  static func standard(and metrics: [MetricChoice]) -> [ReportedChart] {
    let known = Set(standard.map(\.metric))
    return standard
      + metrics.map(\.name).filter { !known.contains($0) }.map {
        ReportedChart(metric: $0, title: $0, axis: $0)
      }
  }
}

extension ReportedRun {
  fileprivate init(_ summary: RunSummary, group: Int?) {
    let run = summary.run
    self.init(
      name: run.name, experiment: run.experiment, group: group, state: run.state.rawValue,
      outcome: Outcome(summary), damagedLines: run.damagedLines,
      seed: summary.parameters[GroupKey.seed]?.text,
      parameters: summary.parameters.sorted { $0.key < $1.key }.map {
        ReportedParameter(name: $0.key, value: $0.value)
      },
      epochs: run.lastEpoch ?? 0, askedEpochs: run.epochs, wallSeconds: summary.usage.seconds,
      nodeHours: summary.usage.nodeHours,
      highestNorm: summary.highestNorm.map {
        ReportedNorm(value: $0.value, epoch: $0.epoch, step: $0.step)
      },
      series: summary.courses.map { name, course in
        ReportedSeries(
          name: name,
          points: zip(course.epochs, ReportedChart.values(of: name, course)).map {
            ReportedSeries.Point(epoch: $0, value: $1)
          })
      })
  }
}

extension ReportedRun.Outcome {
  fileprivate init(_ summary: RunSummary) {
    if summary.hasExploded {
      self = .exploded
      return
    }
    switch summary.run.state {
    case .created, .submitting, .unconfirmed, .pending, .requeued: self = .waiting
    case .running: self = .running
    case .cancelled: self = .cancelled
    case .completed: self = summary.courses.isEmpty ? .noMetrics : .finished
    case .failed, .timedOut, .outOfMemory, .nodeFailed, .diverged, .lost: self = .failed
    }
  }
}

extension ReportedParameter {
  fileprivate init(name: String, value: ParameterValue?) {
    let number: Double? = if case .number(let number) = value { number } else { nil }
    self.init(name: name, text: value?.text ?? "–", number: number)
  }
}

extension ReportedGroup {
  fileprivate init(_ summary: GroupSummary, _ metrics: [MetricChoice]) {
    let group = summary.group
    let estimates = metrics.flatMap { metric in
      Moment.allCases.map {
        ("\(metric.name) (\($0.rawValue))", summary.estimate(metric, $0))
      }
    }
    self.init(
      name: group.name,
      parameters: group.key.map { ReportedParameter(name: $0.name, value: $0.value) },
      count: group.runs.count, finished: group.finished, exploded: group.exploded,
      otherFailures: group.failedOtherwise,
      cells: estimates.map { column, estimate in
        ReportedCell(
          column: column, mean: estimate.mean, low: estimate.low, high: estimate.high)
      })
  }
}

extension ReportedComparison {
  fileprivate init(_ comparison: GroupComparison) {
    let difference = comparison.difference
    self.init(
      baseline: comparison.baseline.name, other: comparison.other.name,
      metric: "\(comparison.metric.name), \(comparison.moment.rawValue)",
      sentence: "\(comparison.other.name): \(comparison.verdict)", difference: difference.mean,
      low: difference.low,
      high: difference.high, p: difference.pValue, adjustedP: comparison.adjustedP)
  }
}
