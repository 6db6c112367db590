import Foundation
import TestSupport
import Testing

/// Root sees every partition, so only another user can be kept from seeing one.
@Suite(
  .enabled(if: geteuid() == 0, "only root can work as another user"), .timeLimit(.minutes(5)))
struct HiddenPartitionTests {
  /// Sites hide partitions, and Slurm hides those that a user's groups do not open.
  @Test func aJobInAHiddenPartitionIsSeenAndEnded() async throws {
    let cluster = try await TestCluster.private(settings: ["CLUSTER_NODES": "1"])
    try await cluster.slurm(
      "scontrol", "create", "PartitionName=hidden", "Nodes=n1", "Hidden=YES", "State=UP")
    let scratch = try Scratch()
    // Nobody need be able to reach the folder in which we were built, or the cluster's.
    let (program, configuration) = (scratch("orchestrate"), scratch("slurm.conf"))
    try FileManager.default.copyItem(atPath: try product("orchestrate"), toPath: program)
    try FileManager.default.copyItem(atPath: cluster.configuration, toPath: configuration)
    try scratch.write("", to: "project/.keep")
    #expect(chmod(scratch.path, 0o755) == 0 && chmod(configuration, 0o644) == 0)
    #expect(chown(scratch("project"), 65534, 65534) == 0)
    var environment = cluster.environment
    environment["SLURM_CONF"] = configuration
    environment["HOME"] = scratch("project")
    environment["XDG_STATE_HOME"] = nil
    let nobody = environment
    func work(_ command: String...) async throws -> Output {
      try await run(
        "setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups"] + command,
        environment: nobody, in: scratch("project"))
    }
    try await #require(work(program, "init").status == 0)
    let job = """
      experiment: unseen
      resources: {partition: hidden, time: "00:05:00", memory: 50M}
      command: [sleep, "300"]
      params: {epochs: 1}
      """
    #expect(try await work("bash", "-c", "cat >Jobs/unseen.yaml <<<'\(job)'").status == 0)
    let submitted = try await work(program, "submit", "Jobs/unseen.yaml", "--hold")
    #expect(submitted.status == 0, "\(submitted)")
    let status = try await work(program, "status", "--json")
    #expect(status.output.contains(#""state": "pending""#), "\(status)")
    // What squeue alone can know.
    #expect(status.output.contains("JobHeldUser"), "\(status)")
    let cancelled = try await work(program, "cancel", "unseen-1", "-y")
    #expect(cancelled.status == 0, "\(cancelled)")
    let end = try await work(program, "status", "--json")
    #expect(end.output.contains(#""state": "cancelled""#), "\(end)")
    try await cluster.stop()
  }
}
