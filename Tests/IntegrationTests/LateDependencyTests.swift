import Foundation
import RunContract
import TestSupport
import Testing

/// What waits for another job's success, and is handed over late.
@Suite(.timeLimit(.minutes(5))) struct LateDependencies {
  @Test func whatWaitedForAJobThatFailedAndIsForgottenDoesNotStart() async throws {
    let cluster = try await TestCluster.private(settings: ["CLUSTER_EXTRA": "MinJobAge=2"])
    let work = try await Workspace(cluster)
    try work.scratch.write("resubmit_after: 2\nlost_after: 4\n", to: ".orchestrate/config.yaml")
    try work.jobFile("first", "sleep 3; exit 3")
    try work.jobFile("second", "true")
    try await work.succeed("submit", "Jobs/first.yaml")
    var environment = work.environment
    environment["ORCHESTRATE_TEST_STOP_AT"] = "intended"
    _ = try await run(
      product("orchestrate"), ["submit", "Jobs/second.yaml", "--after", "first-1"],
      environment: environment, in: work.scratch.path)
    // Slurm forgets the job while nobody looks.
    try await eventually(within: .seconds(120), every: .seconds(1)) {
      try await cluster.slurm("squeue", "--states=all", "--noheader").isEmpty
    }
    let end = try await work.wait(for: "second-1", "failed", "completed", within: .seconds(60))
    #expect(end["state"]?.string == "failed", "\(end.canonical)")
    #expect(end["reason"]?.string?.contains("success of first-1") == true, "\(end.canonical)")
    #expect(work.starts("second", "second-1").isEmpty)
    try await cluster.stop()
  }

  /// Slurm ends what waits for the success of a job that had none, and cannot know that the run goes on.
  @Test(arguments: [(75, "{max_requeues: 1}"), (3, "{failed: again}")])
  func whatWaitsForASuccessWaitsForTheContinuation(_ code: Int, _ policy: String) async throws {
    let work = try await Workspace(try await TestCluster.shared())
    try work.scratch.write("resubmit_after: 2\nlost_after: 4\n", to: ".orchestrate/config.yaml")
    let again = #"[[ $(wc -l <"$ORCHESTRATE_RUN_DIR/started.log") -eq 1 ]]"#
    try work.jobFile(
      "twice",
      """
      until [[ -e '\(work.scratch("go"))' ]]; do sleep 0.1; done
      ! \(again) || exit \(code)
      touch '\(work.scratch("ended"))'
      """, seeds: 2, resources: ["sbatch: {no-requeue: true}"])
    let file = try #require(work.scratch.read("Jobs/twice.yaml"))
    try work.scratch.write(file + "\nretry: \(policy)\n", to: "Jobs/twice.yaml")
    try work.jobFile("then", "[[ -e '\(work.scratch("ended"))' ]]")
    try work.jobFile("last", "true")
    try await work.succeed("submit", "Jobs/twice.yaml")
    try await work.succeed("submit", "Jobs/then.yaml", "--after", "twice")
    try await work.succeed("submit", "Jobs/last.yaml", "--after", "then")
    try work.scratch.write("", to: "go")
    try await work.waitForAll("twice", "completed", within: .seconds(120))
    try await work.wait(for: "then-1", "completed", within: .seconds(60))
    #expect(work.starts("then", "then-1").count == 1)
    #expect(work.starts("twice", "twice-1").count == 2)
    try await work.wait(for: "last-1", "completed", within: .seconds(60))
    #expect(work.starts("last", "last-1").count == 1)
  }

  /// Both are submitted anew, and the second one still after the first: for Slurm the job that it was to wait for
  /// is none, or by now somebody else's.
  @Test(arguments: ["any", "ok"])
  func whatWaitedForAJobThatTheControllerForgotWaitsForItsSuccessor(
    _ condition: String
  ) async throws {
    let cluster = try await TestCluster.private()
    let work = try await Workspace(cluster)
    try work.scratch.write("lost_after: 3\n", to: ".orchestrate/config.yaml")
    try work.jobFile("former", "sleep 2; touch '\(work.scratch("ended"))'", seeds: 2)
    try work.jobFile("latter", "[[ -e '\(work.scratch("ended"))' ]]")
    try await work.succeed("submit", "Jobs/former.yaml", "--hold")
    try await work.succeed("submit", "Jobs/latter.yaml", "--after", "former:\(condition)")
    _ = try await work.status()
    let former = try #require(try await work.status("former-1")["former-1"]?["job_id"]?.integer)
    try await cluster.loseControllerState()
    var stranger = 0
    while stranger < former {
      let id = try await cluster.slurm(
        "sbatch", "--parsable", "--mem=10M", "--output=/dev/null", "--wrap=true")
      stranger = try #require(Int(id))
    }
    try await eventually(within: .seconds(60), every: .milliseconds(300)) {
      let runs = try await work.status()
      return runs.count == 3
        && runs.values.allSatisfy {
          $0["state"]?.string == "pending" && ($0["job_id"]?.integer ?? 0) > former
        }
    }
    for job in Set(try await work.status("former").values.compactMap { $0["job_id"]?.integer }) {
      try await cluster.slurm("scontrol", "release", "\(job)")
    }
    try await work.waitForAll("former", "completed")
    try await work.waitForAll("latter", "completed")
    #expect(work.starts("latter", "latter-1").count == 1)
    try await cluster.stop()
  }
}
