import Foundation
import RunContract
import TestSupport
import Testing

/// What is said of jobs that wait, are held, or cannot be launched.
@Suite(.timeLimit(.minutes(5))) struct Words {
  @Test func oneHeldTaskIsNotAllThatWait() async throws {
    let cluster = try await TestCluster.shared()
    let work = try await Workspace(cluster)
    try work.jobFile("later", "true", seeds: 5, resources: ["sbatch: {begin: now+1hour}"])
    try await work.succeed("submit", "Jobs/later.yaml")
    let job = try #require(try await work.status("later-1")["later-1"]?["job_id"]?.integer)
    try await cluster.slurm("scontrol", "hold", "\(job)_2")
    // squeue shows all that wait in one row, and does not say which is held.
    try await eventually {
      let reasons = Set(try await work.status("later").values.map { $0["reason"]?.string ?? "" })
      return reasons == ["BeginTime or JobHeldAdmin"] || reasons == ["BeginTime or JobHeldUser"]
    }
    let status = try await work.succeed("status")
    #expect(!status.error.contains("held runs"), "\(status)")
    #expect(status.error.contains("`squeue -r -j \(job)` shows which tasks are held"), "\(status)")
    try await work.succeed("cancel", "--all", "-y")
    // Why it waited is no reason of its end.
    let ended = try await work.status("later")
    #expect(ended.values.allSatisfy { $0["state"]?.string == "cancelled" }, "\(ended)")
    #expect(ended.values.allSatisfy { $0["reason"]?.string == nil }, "\(ended)")
  }

  @Test func whatSlurmCannotLaunchIsSaidSo() async throws {
    let cluster = try await TestCluster.shared()
    let work = try await Workspace(cluster)
    try work.jobFile("gone", "true")
    try await work.succeed("submit", "Jobs/gone.yaml", "--hold")
    let job = try #require(try await work.status("gone-1")["gone-1"]?["job_id"]?.integer)
    try FileManager.default.removeItem(atPath: work.scratch("submissions"))
    try await cluster.slurm("scontrol", "release", "\(job)")
    let reason = try await work.wait(for: "gone-1", "failed")["reason"]?.string ?? ""
    #expect(reason.contains("JobLaunchFailure") && !reason.contains("signal"), "\(reason)")
  }
}
