import Foundation
import Registry
import Reports
import RunContract
import TestSupport
import Testing

/// A registry with runs whose states and metrics a test has made up.
struct RecordedRuns {
  /// One made-up run.
  struct Run {
    var parameters: [String: ParameterValue]
    var state = RunState.completed
    /// Epoch and values of each step.
    var steps: [(epoch: Int, values: [String: Double])] = []
    var damaged = 0
    var started: Double? = 1000
    var ended: Double? = 4600
    var nodes: String?
  }

  let scratch: Scratch
  let registry: Registry
  let runs: [RunRecord]

  init(_ made: [Run], experiment: String = "sweep") throws {
    scratch = try Scratch()
    registry = try Registry(path: scratch("registry.sqlite"))
    let folder = scratch("runs")
    let wish = SubmissionWish(
      experiment: experiment, jobFile: nil, configs: made.map { Config(parameters: $0.parameters) },
      directory: folder, again: true)
    let submission = scratch("s")
    _ = try registry.intend(wish) { runs in
      [
        NewSubmission(
          token: "sweep.abc", executor: "slurm", directory: submission, isArray: true,
          hashes: SubmissionHashes(script: sha256Hex("s"), manifest: sha256Hex("m")),
          template: (sha256Hex("t"), "t"), runs: runs)
      ]
    }
    let created = try registry.runs()
    try registry.takeIn(
      zip(created, made).map { run, made in
        var table = MetricTable(
          made.steps.enumerated().map { index, step in
            MetricRecord(step: index + 1, epoch: step.epoch, time: 1, values: step.values)
          })
        for _ in 0..<made.damaged { table.countDamaged() }
        return MetricPiece(run: run, table: table, newOffset: 1 + made.steps.count)
      })
    try registry.apply(
      zip(try registry.runs(), made).map { run, made in
        var update = RunUpdate(run)
        update.state = made.state
        update.startedAt = made.started
        update.endedAt = made.ended
        update.nodes = made.nodes
        return update
      })
    runs = try registry.runs()
  }

  func compared(_ metrics: [MetricChoice] = []) throws -> ComparedRuns {
    try ComparedRuns(runs, metrics: metrics, in: registry, now: 10_000)
  }
}
