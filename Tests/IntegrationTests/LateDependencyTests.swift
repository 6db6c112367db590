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
    #expect(end["reason"]?.string?.contains("Slurm has forgotten") == true, "\(end.canonical)")
    #expect(work.starts("second", "second-1").isEmpty)
    try await cluster.stop()
  }
}
