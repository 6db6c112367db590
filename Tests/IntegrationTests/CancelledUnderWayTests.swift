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

  /// A copy has the records of the original's runs, and nothing else of them.
  @Test func aCopyOfAProjectEndsNothingOfTheOriginals() async throws {
    let work = try await Workspace(try await TestCluster.shared())
    try work.jobFile("copied", "true")
    try await work.succeed("submit", "Jobs/copied.yaml", "--hold")
    let other = try Scratch()
    try await run("cp", ["-a", work.scratch.path, other("copy")])
    func cancel() async throws -> Output {
      try await run(
        product("orchestrate"), ["cancel", "--all", "-y"], environment: work.environment,
        in: other("copy"))
    }
    let refused = try await cancel()
    #expect(refused.status == 1 && refused.error.contains("seems to be a copy"), "\(refused)")
    try await work.wait(for: "copied-1", "pending")
    // Where the original was taken away there is nobody else who could.
    try FileManager.default.removeItem(atPath: work.scratch(".orchestrate"))
    let moved = try await cancel()
    #expect(!moved.error.contains("seems to be a copy"), "\(moved)")
    try await eventually {
      try await !run(
        "squeue", ["--noheader", "--format=%j"], environment: work.environment
      ).output.contains("copied.")
    }
  }
}
