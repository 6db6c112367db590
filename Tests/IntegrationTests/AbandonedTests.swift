import Foundation
import RunContract
import TestSupport
import Testing

/// Sweeps of several parts that were left in the middle. On real clusters, which take three tasks an array.
@Suite(.timeLimit(.minutes(10))) struct PartsOfASweep {
  private func workspace(_ cluster: TestCluster) async throws -> Workspace {
    let work = try await Workspace(cluster)
    try work.scratch.write("resubmit_after: 2\nlost_after: 4\n", to: ".orchestrate/config.yaml")
    return work
  }

  /// Runs `orchestrate` with a wrapper around sbatch.
  private func orchestrate(
    _ work: Workspace, sbatch body: String, _ arguments: [String], stopAt step: String? = nil
  ) async throws -> Output {
    try work.scratch.write("#!/bin/bash\n\(body)\n", to: "broken/sbatch", executable: true)
    var environment = work.environment
    environment["PATH"] = "\(work.scratch("broken")):\(environment["PATH"] ?? "")"
    environment["ORCHESTRATE_TEST_STOP_AT"] = step
    return try await run(
      product("orchestrate"), arguments, environment: environment, in: work.scratch.path)
  }

  private func states(_ work: Workspace, _ experiment: String) async throws -> [String: String] {
    try await work.status(experiment).compactMapValues { $0["state"]?.string }
  }

  @Test func whatWasLeftIsCheckedAndNobodyAsksAnExecutorTwiceThatIsAway() async throws {
    let cluster = try await TestCluster.private(settings: ["CLUSTER_EXTRA": "MaxArraySize=3"])
    let work = try await workspace(cluster)
    try work.jobFile("left", "true", seeds: 7)
    // Killed when the first of three parts had been accepted.
    _ = try await orchestrate(
      work, sbatch: "PATH=${PATH#*:} exec sbatch \"$@\"", ["submit", "Jobs/left.yaml"],
      stopAt: "recorded")
    let away =
      "echo once >>'\(work.scratch("asked"))'\n"
      + "echo 'sbatch: error: Batch job submission failed: Unable to contact slurm controller"
      + " (connect failure)' >&2; exit 1"
    _ = try await orchestrate(work, sbatch: away, ["reconcile"])
    #expect(work.scratch.read("asked") == "once\n")
    // To cancel what waits submits nothing, neither it nor the part after it.
    for run in ["left-4", "left-5", "left-6"] {
      let output = try await work.orchestrate("cancel", run, "-y")
      #expect(output.status == 0 && output.output.contains("cancelled"), "\(output)")
    }
    let end = try await eventually(within: .seconds(60), every: .milliseconds(300)) {
      let states = try await states(work, "left")
      return states.values.allSatisfy { ["completed", "cancelled"].contains($0) } ? states : nil
    }
    #expect(end.filter { $0.value == "cancelled" }.keys.sorted() == ["left-4", "left-5", "left-6"])
    for (run, state) in end {
      #expect(work.starts("left", run).count == (state == "completed" ? 1 : 0), "\(run)")
    }
    try await cluster.stop()
  }

  @Test func aScriptThatIsNotAsItWasWrittenIsRenderedAnew() async throws {
    let cluster = try await TestCluster.private(settings: ["CLUSTER_EXTRA": "MaxArraySize=3"])
    let work = try await workspace(cluster)
    try work.jobFile("changed", "true", seeds: 4)
    _ = try await orchestrate(
      work, sbatch: "PATH=${PATH#*:} exec sbatch \"$@\"", ["submit", "Jobs/changed.yaml"],
      stopAt: "recorded")
    for token in try namesInFolder(work.scratch("submissions")) {
      let script = "submissions/\(token)/script.sh"
      let text = try #require(work.scratch.read(script))
      let line = "\ntouch '\(work.scratch("executed"))'\n"
      let end = try #require(text.range(of: "\nset -u\n"))
      try work.scratch.write(text.replacingCharacters(in: end, with: line), to: script)
    }
    try await work.waitForAll("changed", "completed")
    #expect(access(work.scratch("executed"), F_OK) != 0)
    for run in try await states(work, "changed").keys {
      #expect(work.starts("changed", run).count == 1, "\(run)")
    }
    try await cluster.stop()
  }

  @Test func theReplyToAMiddlePartIsLost() async throws {
    let cluster = try await TestCluster.private(settings: ["CLUSTER_EXTRA": "MaxArraySize=3"])
    let work = try await workspace(cluster)
    try work.jobFile("middle", "true", seeds: 7)
    let output = try await orchestrate(
      work,
      sbatch: """
        PATH=${PATH#*:}
        echo >>'\(work.scratch("calls"))'
        [[ $(wc -l <'\(work.scratch("calls"))') -ne 2 ]] || { sbatch "$@" >/dev/null; kill -9 $$; }
        exec sbatch "$@"
        """, ["submit", "Jobs/middle.yaml"])
    #expect(output.status == 75, "\(output)")
    #expect(output.error.contains("not submitted yet: middle-7"), "\(output)")
    try await work.waitForAll("middle", "completed")
    let end = try await states(work, "middle")
    #expect(end.count == 7)
    for run in end.keys { #expect(work.starts("middle", run).count == 1, "\(run)") }
    try await cluster.stop()
  }
}
