import Foundation
import ReportPage
import RunContract

/// Contents as an experiment on penalties gives them, drawn by a seeded generator.
enum Samples {
  /// What the sample's metrics are.
  static let metrics = [
    "loss", "val_loss", "grad_norm", "corr_penalty", "c_input", "c_target", "mask_input",
    "mask_target",
  ]

  /// Penalties × weights × clip values × seeds; some runs explode, one is damaged, one still runs, one
  /// waits, one has no metrics, one has one epoch.
  static func sweep(
    penalties: [String] = ["quadratic", "exponential"], weights: [Double] = [0.01, 0.1, 1],
    clips: [String] = ["1"], seeds: Int = 5, epochs: Int = 80, metrics: [String] = metrics
  ) -> ReportContent {
    var random = SplitMix(state: 7)
    var content = ReportContent(
      title: "Which penalty keeps the mask away from the input?",
      madeAt: "2026-03-02 14:05 UTC", version: "0.5.0",
      choice:
        "experiment penalty-sweep, --where 'corr_weight>=0.01', grouped by penalty, corr_weight",
      notes: ["Runs before 2026-02-27 were made with another version of the data."])
    let known = Set(ReportedChart.standard.map(\.metric))
    content.charts += metrics.filter { !known.contains($0) }.map {
      ReportedChart(metric: $0, title: $0, axis: $0)
    }
    for penalty in penalties {
      for weight in weights {
        for clip in clips {
          let parameters = [
            ReportedParameter(name: "penalty", text: penalty),
            ReportedParameter(name: "corr_weight", text: canonicalNumber(weight), number: weight),
            ReportedParameter(name: "clip_value", text: clip, number: Double(clip)),
          ]
          let group = content.groups.count
          for seed in 1...seeds {
            var run = run(penalty, weight, clip, seed, epochs, metrics, &random)
            run.group = group
            run.name = "penalty-sweep-\(content.runs.count + 1)"
            run.parameters = parameters + run.parameters
            content.runs.append(run)
          }
          content.groups.append(
            summary(parameters, runs: content.runs.suffix(seeds)))
        }
      }
    }
    makeUnusual(&content)
    content.comparisons = comparisons(content.groups)
    return content
  }

  private static func run(
    _ penalty: String, _ weight: Double, _ clip: String, _ seed: Int, _ epochs: Int,
    _ metrics: [String], _ random: inout SplitMix
  ) -> ReportedRun {
    let risk = (penalty == "exponential" ? 0.45 : 0.1) * (weight >= 1 ? 1.6 : weight)
    let explodes = random.unit() < risk
    let end = explodes ? max(3, Int(Double(epochs) * (0.2 + 0.6 * random.unit()))) : epochs
    let series = metrics.enumerated().map { number, metric in
      let level = 0.2 + 0.35 * random.unit() * weight + Double(number) * 0.02
      let scale = metric == "grad_norm" ? 4.0 : metric == "corr_penalty" ? 0.3 : 1.0
      let points = (1...end).map { epoch in
        let decay = level + 0.8 * exp(-Double(epoch) / (Double(epochs) * 0.2))
        var value = scale * decay * (1 + 0.08 * (random.unit() - 0.5))
        if explodes, epoch >= end - 2 {
          if metric == "grad_norm" { value *= pow(10, Double(epoch - end + 3)) }
          if epoch == end, metric == "loss" || metric == "grad_norm" { value = .nan }
        }
        return ReportedSeries.Point(epoch: epoch, value: value)
      }
      return ReportedSeries(name: metric, points: points)
    }
    let norms = series.first { $0.name == "grad_norm" }?.points ?? []
    let highest = norms.max { !($0.value >= $1.value) && !$0.value.isNaN }
    return ReportedRun(
      name: "", experiment: "penalty-sweep", group: nil,
      state: explodes ? "failed" : "completed", outcome: explodes ? .exploded : .finished,
      seed: "\(seed)",
      parameters: [
        ReportedParameter(name: "seed", text: "\(seed)", number: Double(seed)),
        ReportedParameter(name: "learning_rate", text: "0.001", number: 0.001),
        ReportedParameter(name: "optimiser", text: "adamw"),
        ReportedParameter(
          name: "batch_size", text: seed % 2 == 0 ? "32" : "16", number: seed % 2 == 0 ? 32 : 16),
      ],
      epochs: end, askedEpochs: epochs, wallSeconds: Double(end) * 41.3,
      nodeHours: Double(end) * 41.3 / 3600,
      highestNorm: highest.map {
        ReportedNorm(value: $0.value, epoch: $0.epoch, step: $0.epoch * 40)
      },
      series: series)
  }

  private static func summary(
    _ parameters: [ReportedParameter], runs: ArraySlice<ReportedRun>
  ) -> ReportedGroup {
    let cells = ["loss", "val_loss", "c_input"].map { metric in
      let last = runs.compactMap { $0.series.first { $0.name == metric }?.points.last?.value }
        .filter(\.isFinite)
      let mean = last.isEmpty ? nil : last.reduce(0, +) / Double(last.count)
      return ReportedCell(
        column: "\(metric), last", mean: mean, low: last.min(), high: last.max())
    }
    return ReportedGroup(
      name: parameters.map { "\($0.name)=\($0.text)" }.joined(separator: " "),
      parameters: parameters, count: runs.count,
      finished: runs.count { $0.outcome == .finished },
      exploded: runs.count { $0.outcome == .exploded }, otherFailures: 0, cells: cells)
  }

  private static func makeUnusual(_ content: inout ReportContent) {
    let last = content.runs.count - 1
    guard last >= 8 else { return }
    content.runs[last].outcome = .waiting
    content.runs[last].state = "pending"
    content.runs[last].series = []
    content.runs[last].epochs = 0
    content.runs[last].nodeHours = nil
    content.runs[1].damagedLines = 3
    content.runs[2].outcome = .running
    content.runs[2].state = "running"
    content.runs[2].epochs /= 2
    content.runs[2].series = content.runs[2].series.map {
      ReportedSeries(name: $0.name, points: Array($0.points.prefix($0.points.count / 2)))
    }
    content.runs[3].outcome = .failed
    content.runs[3].state = "node_fail"
    content.runs[3].epochs = 1
    content.runs[3].series = content.runs[3].series.map {
      ReportedSeries(name: $0.name, points: Array($0.points.prefix(1)))
    }
    content.runs[4].outcome = .noMetrics
    content.runs[4].series = []
    content.runs[4].epochs = 0
  }

  private static func comparisons(_ groups: [ReportedGroup]) -> [ReportedComparison] {
    guard let baseline = groups.first else { return [] }
    return groups.dropFirst().prefix(5).map { other in
      ReportedComparison(
        baseline: baseline.name, other: other.name, metric: "validation loss, last",
        sentence:
          "\(other.name): 5 seeds cannot show a difference from \(baseline.name) as small as "
          + "0.02; about 11 would.",
        difference: 0.0213, low: -0.0101, high: 0.0527, p: 0.3125, adjustedP: 0.0004)
    }
  }
}

/// A small generator whose numbers are the same everywhere.
struct SplitMix {
  var state: UInt64

  mutating func unit() -> Double {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return Double((z ^ (z >> 31)) >> 11) * 0x1p-53
  }
}

extension Samples {
  /// One run with these values of the loss.
  static func course(_ values: [Double]) -> ReportContent {
    var content = ReportContent(title: "One run", madeAt: "", version: "", choice: "")
    content.runs = [
      ReportedRun(
        name: "run", experiment: "e", group: nil, state: "completed", outcome: .finished,
        epochs: values.count,
        series: [
          ReportedSeries(
            name: "loss",
            points: values.enumerated().map { .init(epoch: $0.offset + 1, value: $0.element) })
        ])
    ]
    return content
  }

  /// A content with this text wherever a text stands.
  static func hostile(_ text: String) -> ReportContent {
    let parameters = { (number: Double) in
      [
        ReportedParameter(name: "\(text)", text: "\(text)\(number)"),
        ReportedParameter(name: "row\(text)", text: "\(text)\(number)", number: number),
      ]
    }
    let runs = (0..<4).map { index in
      ReportedRun(
        name: text, experiment: text, group: index % 2, state: text,
        outcome: index == 0 ? .exploded : .finished, seed: text,
        parameters: parameters(Double(index % 2)), epochs: 2, nodeHours: 1,
        series: [
          ReportedSeries(
            name: text, points: [.init(epoch: 1, value: 1), .init(epoch: 2, value: .nan)])
        ])
    }
    let groups = (0..<2).map { index in
      ReportedGroup(
        name: text, parameters: parameters(Double(index)), count: 2, finished: 1, exploded: 1,
        otherFailures: 0, cells: [ReportedCell(column: text, mean: 1, low: 0, high: 2)])
    }
    return ReportContent(
      title: text, madeAt: text, version: text, choice: text, runs: runs, groups: groups,
      comparisons: [
        ReportedComparison(baseline: text, other: text, metric: text, sentence: text)
      ],
      charts: [
        ReportedChart(
          metric: text, title: text, axis: text, note: text, threshold: 1, thresholdName: text)
      ],
      map: ReportedMap(panel: text, row: "row\(text)", column: text), metric: text, notes: [text])
  }
}
