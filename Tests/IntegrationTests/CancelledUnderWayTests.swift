import Foundation
import RunContract
import TestSupport
import Testing

/// A wish to cancel, while sbatch is at work.
@Suite(.timeLimit(.minutes(5))) struct CancelledUnderWay {
  @Test func whoIsKilledBeforeTheAnswerIsRecordedHasEndedTheJob() async throws {
    let cluster = try await TestCluster.shared()
    let work = try await Workspace(cluster)
    try work.jobFile("wish", "true")
    // The wish comes when there is no job yet that could be ended.
    try work.scratch.write("#!/bin/bash\nexit 1\n", to: "silent/squeue", executable: true)
    try work.scratch.write(
      """
      #!/bin/bash
      PATH='\(work.scratch("silent"))':${PATH#*:} ORCHESTRATE_TEST_STOP_AT= \
        '\(try product("orchestrate"))' cancel wish-1 -y >&2
      PATH=${PATH#*:} exec sbatch "$@"
      """, to: "broken/sbatch", executable: true)
    var environment = work.environment
    environment["PATH"] = "\(work.scratch("broken")):\(environment["PATH"] ?? "")"
    environment["ORCHESTRATE_TEST_STOP_AT"] = "recorded"
    let output = try await run(
      product("orchestrate"), ["submit", "Jobs/wish.yaml", "--hold"], environment: environment,
      in: work.scratch.path)
    #expect(output.status == 137, "\(output)")
    try await work.wait(for: "wish-1", "cancelled")
    #expect(try await !cluster.slurm("squeue", "--noheader", "--format=%j").contains("wish."))
  }
}
