import Foundation
import RunContract
import TestSupport
import Testing

/// A site that lets a user have a few jobs at a time. On real clusters.
@Suite(.timeLimit(.minutes(15))) struct Room {
  /// Makes a quality of service with limits of its own, and waits until jobs can ask for it.
  private func make(_ quality: String, _ limits: String..., on cluster: TestCluster) async throws {
    try await run(
      "sacctmgr", ["-i", "add", "qos", quality, "set"] + limits, environment: cluster.environment)
    try await cluster.slurm(
      "sacctmgr", "-i", "modify", "user", NSUserName(), "set", "qos+=\(quality)")
    try await eventually(within: .seconds(60), every: .milliseconds(300)) {
      try await run(
        "sbatch", ["--test-only", "--qos=\(quality)", "--mem=10M", "--time=1", "--wrap=true"],
        environment: cluster.environment
      ).status == 0
    }
  }

  /// A project on a cluster whose arrays have so many tasks at most.
  private func workspace(_ cluster: TestCluster, arrays size: Int = 1001) async throws -> Workspace
  {
    let work = try await Workspace(cluster)
    try work.scratch.write("resubmit_after: 2\nlost_after: 4\n", to: ".orchestrate/config.yaml")
    try work.scratch.write(
      """
      #!/bin/bash
      PATH=${PATH#*:}
      scontrol "$@" | sed 's/^MaxArraySize .*/MaxArraySize = \(size)/'
      exit "${PIPESTATUS[0]}"
      """, to: "small/scontrol", executable: true)
    return work
  }

  /// Submits with smaller arrays than the cluster would take.
  private func submit(
    _ work: Workspace, _ experiment: String, stopAt step: String? = nil
  ) async throws -> Output {
    var environment = work.environment
    environment["PATH"] = "\(work.scratch("small")):\(environment["PATH"] ?? "")"
    environment["ORCHESTRATE_TEST_STOP_AT"] = step
    return try await run(
      product("orchestrate"), ["submit", "Jobs/\(experiment).yaml"], environment: environment,
      in: work.scratch.path)
  }

  private func states(_ work: Workspace, _ experiment: String) async throws -> [String: Int] {
    try await work.status(experiment).values.reduce(into: [:]) {
      $0[$1["state"]?.string ?? "", default: 0] += 1
    }
  }

  private func isExecutedOnce(_ work: Workspace, _ experiment: String, _ count: Int) async throws {
    try await work.waitForAll(experiment, "completed", within: .seconds(240))
    let runs = try await work.status(experiment)
    #expect(runs.count == count)
    for run in runs.keys { #expect(work.starts(experiment, run).count == 1, "\(run)") }
  }

  @Test func whatFitsRunsAndTheRestFollows() async throws {
    let cluster = try await TestCluster.withAccounting()
    try await make("few", "MaxSubmitJobsPerUser=4", on: cluster)
    let work = try await workspace(cluster, arrays: 7)
    // None of them ends before it may.
    try work.jobFile(
      "many", #"until [[ -e "$ORCHESTRATE_RUN_DIR/../go" ]]; do sleep 0.3; done"#, seeds: 9,
      resources: ["qos: few"])
    let output = try await submit(work, "many")
    #expect(output.status == 0 && output.error.contains("4 submitted, 5 wait"), "\(output)")
    #expect(output.error.contains("QOSMaxSubmitJobPerUserLimit"), "\(output)")
    let runs = try await work.status("many")
    let waiting = runs.filter { $0.value["state"]?.string == "created" }
    #expect(waiting.keys.sorted() == ["many-5", "many-6", "many-7", "many-8", "many-9"])
    for run in waiting.values {
      let reason = run["reason"]?.string ?? ""
      #expect(reason.contains("submitted when there is room"), "\(reason)")
    }
    // They stand for their configs, and can be ended like any other.
    #expect(try await work.succeed("submit", "Jobs/many.yaml").error.contains("skipped 9"))
    try await work.succeed("cancel", "many-9", "-y")
    // A full queue makes no submission after submission, however long it is looked at.
    let count = try namesInFolder(work.scratch("submissions")).count
    let full = ContinuousClock.now
    try await eventually(within: .seconds(60), every: .milliseconds(500)) {
      let waiting = try await states(work, "many")["created"]
      #expect(waiting == 4)
      return ContinuousClock.now - full > .seconds(20)
    }
    #expect(try namesInFolder(work.scratch("submissions")).count <= count + 1)
    try work.scratch.write("", to: "runs/many/go")
    try await eventually(within: .seconds(240), every: .milliseconds(500)) {
      let states = try await states(work, "many")
      return states["completed"] == 8 && states["cancelled"] == 1
    }
    for run in 1...8 { #expect(work.starts("many", "many-\(run)").count == 1, "many-\(run)") }
    #expect(work.starts("many", "many-9").isEmpty)
  }

  /// A limit of another kind is a mistake that no waiting mends.
  @Test func whatAsksForTooMuchFailsAtOnce() async throws {
    let cluster = try await TestCluster.withAccounting()
    try await make("short", "Flags=DenyOnLimit", "MaxWall=1", on: cluster)
    let work = try await workspace(cluster)
    try work.jobFile("long", "true", seeds: 2, resources: ["qos: short"])
    let output = try await work.orchestrate("submit", "Jobs/long.yaml")
    #expect(output.status == 1 && output.error.contains("QOSMaxWall"), "\(output)")
    #expect(try await states(work, "long") == ["failed": 2])
  }

  /// Every step of a sweep of two parts that is split, and some of the steps of its later portions.
  private static let steps = [
    "planned", "rendered:2", "written:2", "intended", "answered", "recorded", "revoked",
    "written:3", "intended:2", "answered:2", "recorded:2", "revoked:2", "intended:3", "answered:3",
    "recorded:3", "recorded:4",
  ]

  @Test func whoeverIsKilledOnTheWayLosesNothingAndDoublesNothing() async throws {
    let cluster = try await TestCluster.withAccounting()
    let hands = 4
    for hand in 0..<hands {
      try await make("few\(hand)", "MaxSubmitJobsPerUser=3", on: cluster)
    }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for hand in 0..<hands {
        group.addTask {
          for place in stride(from: hand, to: Self.steps.count, by: hands) {
            try await survive(Self.steps[place], "k\(place)", "few\(hand)", cluster)
          }
        }
      }
      try await group.waitForAll()
    }
  }

  private func survive(
    _ step: String, _ name: String, _ quality: String, _ cluster: TestCluster
  ) async throws {
    let work = try await workspace(cluster, arrays: 4)
    try work.jobFile(name, "true", seeds: 5, resources: ["qos: \(quality)"])
    _ = try await submit(work, name, stopAt: step)
    // Nothing at all was recorded, or everything.
    let count = try await work.status(name, tolerant: true).count
    #expect(count == 0 || count == 5, "\(step): \(count)")
    if count == 0 { #expect(try await submit(work, name).status == 0) }
    try await isExecutedOnce(work, name, 5)
  }

  /// `max_parallel` holds for a sweep, and not for each of its arrays.
  @Test func partsOfASweepShareTheirBound() async throws {
    let cluster = try await TestCluster.private(settings: ["CLUSTER_EXTRA": "MaxArraySize=3"])
    let work = try await workspace(cluster)
    try work.jobFile(
      "bound",
      """
      folder="$ORCHESTRATE_RUN_DIR/.."
      touch "$folder/at-work.${ORCHESTRATE_RUN_DIR##*/}"
      sleep 1.5
      find "$folder" -maxdepth 1 -name 'at-work.*' | wc -l >"$ORCHESTRATE_RUN_DIR/beside"
      rm "$folder/at-work.${ORCHESTRATE_RUN_DIR##*/}"
      """, seeds: 8, resources: ["max_parallel: 2"])
    try await work.succeed("submit", "Jobs/bound.yaml")
    let ids = Set(try await work.status("bound").values.compactMap { $0["job_id"]?.integer })
    #expect(ids.count == 3)
    try await isExecutedOnce(work, "bound", 8)
    let beside = (1...8).map { number in
      work.scratch.read("runs/bound/bound-\(number)/beside")
        .flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) } ?? 0
    }
    #expect(beside.allSatisfy { (1...2).contains($0) }, "\(beside)")
    #expect(beside.contains(2), "\(beside)")
    try await cluster.stop()
  }
}
