import Foundation
import RunContract
import TestSupport
import Testing

/// kill -9 at every step, of what `torture` does not kill so: `retry`, and a sweep of several parts. On real
/// clusters; afterwards everything is there and was executed once.
@Suite(.timeLimit(.minutes(10))) struct KilledAtEveryStep {
  private func workspace(_ cluster: TestCluster) async throws -> Workspace {
    let work = try await Workspace(cluster)
    try work.scratch.write("resubmit_after: 2\nlost_after: 4\n", to: ".orchestrate/config.yaml")
    return work
  }

  private func kill(
    _ work: Workspace, at step: String, _ arguments: String...
  ) async throws -> Bool {
    var environment = work.environment
    environment["ORCHESTRATE_TEST_STOP_AT"] = step
    return try await run(
      product("orchestrate"), arguments, environment: environment, in: work.scratch.path
    ).status == 137
  }

  private func states(_ work: Workspace, _ experiment: String) async throws -> [String: String] {
    try await work.status(experiment, tolerant: true).compactMapValues { $0["state"]?.string }
  }

  /// The steps that `retry` goes through, in order.
  static let stepsOfRetry = ["revoked", "written", "intended", "answered", "recorded"]

  @Test func ofRetry() async throws {
    let work = try await workspace(try await TestCluster.shared())
    let steps = Self.stepsOfRetry
    for step in steps {
      try work.jobFile(
        step, "[[ $(wc -l <\"$ORCHESTRATE_RUN_DIR/started.log\") -eq 2 ]] || exit 3", seeds: 2)
    }
    try await run(
      product("orchestrate"), ["submit"] + steps.map { "Jobs/\($0).yaml" },
      environment: work.environment, in: work.scratch.path)
    for step in steps { try await work.waitForAll(step, "failed") }
    for step in steps {
      let wasKilled = try await kill(work, at: step, "retry", "--experiment", step, "-y")
      #expect(wasKilled, "retry does not come to the step \(step)")
    }
    for step in steps {
      try await eventually(within: .seconds(90), every: .milliseconds(300)) {
        let states = try await states(work, step)
        // Nobody has recorded that it was to be tried again: the user says so once more.
        if states.values.contains("failed") {
          _ = try await work.orchestrate("retry", "--experiment", step, "-y")
        }
        return states.values.allSatisfy { $0 == "completed" }
      }
      for name in try await states(work, step).keys {
        let starts = work.starts(step, name)
        #expect(starts.count == 2 && Set(starts).count == 2, "\(step): \(name) \(starts)")
      }
    }
  }

  /// A sweep of seven runs on a cluster that takes three tasks an array: a step of each part may be the last.
  static let stepsOfASweep =
    ["planned", "rendered", "intended"]
    + ["written", "answered", "recorded"].flatMap { step in (1...3).map { "\(step):\($0)" } }

  @Test func ofASweepOfThreeParts() async throws {
    let cluster = try await TestCluster.private(settings: ["CLUSTER_EXTRA": "MaxArraySize=3"])
    var works: [(step: String, work: Workspace)] = []
    for step in Self.stepsOfASweep {
      let work = try await workspace(cluster)
      try work.jobFile("sweep", "true", seeds: 7)
      let wasKilled = try await kill(work, at: step, "submit", "Jobs/sweep.yaml")
      #expect(wasKilled, "submit does not come to the step \(step)")
      works.append((step, work))
    }
    for (step, work) in works {
      let known = try await states(work, "sweep")
      #expect(known.isEmpty || known.count == 7, "\(step): \(known)")
      // What was not recorded is submitted by a user who saw it fail; what was is not submitted twice.
      _ = try await work.orchestrate("submit", "Jobs/sweep.yaml")
    }
    for (step, work) in works {
      var end: [String: String] = [:]
      try await eventually(within: .seconds(120), every: .milliseconds(500)) {
        end = try await states(work, "sweep")
        return end.values.allSatisfy { $0 == "completed" }
      }
      #expect(end.count == 7, "\(step): \(end)")
      for name in end.keys {
        #expect(work.starts("sweep", name).count == 1, "\(step): \(name)")
      }
    }
    try await cluster.stop()
  }
}
