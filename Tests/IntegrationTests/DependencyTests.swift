import Foundation
import RunContract
import TestSupport
import Testing

/// `submit --after` on a real cluster.
@Suite(.timeLimit(.minutes(5))) struct DependencyTests {
  /// What Slurm says that a job waits for, as in `afterok:7_*(unfulfilled)`.
  private func dependency(_ cluster: TestCluster, of job: Int) async throws -> String {
    try await cluster.slurm("squeue", "--noheader", "--format=%E", "--jobs=\(job)")
      .replacingOccurrences(of: "(unfulfilled)", with: "")
  }

  private func job(_ work: Workspace, _ run: String) async throws -> Int {
    try #require(try await work.status(run)[run]?["job_id"]?.integer)
  }

  @Test func whatSlurmDoesNotKnowIsRefused() async throws {
    let work = try await Workspace(try await TestCluster.shared())
    try work.jobFile("alone", "true")
    for (name, status) in [
      ("999999999", 2), ("999999999_3:any", 2), ("nobody", 2), ("nobody-1:any", 2),
      ("alone-1:soon", 64), (":any", 64), ("", 64),
    ] {
      let output = try await work.orchestrate("submit", "Jobs/alone.yaml", "--after", name)
      #expect(output.status == status, "\(name): \(output)")
    }
    // Slurm itself would have started it at once.
    #expect(try await work.status().isEmpty)
  }

  /// Slurm counts the task that failed as one of its array, and would end what waits for the whole.
  @Test func whatHasMovedToAnotherJobIsWaitedForThere() async throws {
    let cluster = try await TestCluster.shared()
    let work = try await Workspace(cluster)
    try work.jobFile(
      "moved",
      """
      [[ $SEED != 2 || -e $ORCHESTRATE_RUN_DIR/tried ]] || { : >"$ORCHESTRATE_RUN_DIR/tried"; exit 1; }
      until [[ -e '\(work.scratch("go"))' ]]; do sleep 0.2; done
      """, seeds: 2)
    try work.jobFile("after", "true")
    try await work.succeed("submit", "Jobs/moved.yaml")
    try await work.wait(for: "moved-2", "failed")
    let array = try await job(work, "moved-1")
    try await work.succeed("retry", "-y", "moved-2")
    let other = try await job(work, "moved-2")
    try await work.succeed("submit", "Jobs/after.yaml", "--after", "moved")
    #expect(
      try await Set(dependency(cluster, of: job(work, "after-1")).split(separator: ","))
        == ["afterok:\(array)_0", "afterok:\(other)"])
    try work.scratch.write("", to: "go")
    try await work.wait(for: "after-1", "completed", within: .seconds(90))
  }

  @Test func itWaitsForARunAJobAndAnExperiment() async throws {
    let cluster = try await TestCluster.shared()
    let work = try await Workspace(cluster)
    try work.jobFile("first", "true")
    try work.jobFile("many", "true", seeds: 3)
    for name in ["second", "third", "fourth"] { try work.jobFile(name, "true") }
    try await work.succeed("submit", "Jobs/first.yaml", "Jobs/many.yaml", "--hold")
    let first = try await job(work, "first-1")
    let many = try await job(work, "many-1")
    try await work.succeed(
      "submit", "Jobs/second.yaml", "--after", "first-1", "--after", "many:any", "--after",
      "\(first)")
    let second = try await work.wait(for: "second-1", "pending")
    #expect(second["reason"]?.string == "Dependency")
    let id = try #require(second["job_id"]?.integer)
    #expect(
      try await Set(dependency(cluster, of: id).split(separator: ","))
        == ["afterok:\(first)", "afterany:\(many)_*"])
    // Of a part of an array each task is named.
    try await work.succeed(
      "submit", "Jobs/third.yaml", "--after", "many-1:any", "--after", "\(many)_2:any")
    #expect(
      try await Set(dependency(cluster, of: job(work, "third-1")).split(separator: ","))
        == ["afterany:\(many)_0", "afterany:\(many)_2"])
    // What is left of it is the whole again.
    try await work.succeed("cancel", "\(many)_1")
    try await work.succeed("submit", "Jobs/fourth.yaml", "--after", "many:any")
    #expect(try await dependency(cluster, of: job(work, "fourth-1")) == "afterany:\(many)_*")
    try await work.succeed("cancel", "--all", "-y")
  }

  @Test func anExperimentMayBeSeveralJobs() async throws {
    let cluster = try await TestCluster.shared()
    let work = try await Workspace(cluster)
    try work.jobFile("parts", "true")
    try work.jobFile("last", "true")
    try await work.succeed("submit", "Jobs/parts.yaml", "--hold")
    try await work.succeed("submit", "Jobs/parts.yaml", "--hold", "--again")
    let parts = [try await job(work, "parts-1"), try await job(work, "parts-2")]
    try await work.succeed("submit", "Jobs/last.yaml", "--after", "parts")
    let last = try await job(work, "last-1")
    #expect(
      try await Set(dependency(cluster, of: last).split(separator: ","))
        == Set(parts.map { "afterok:\($0)" }))
    try await cluster.slurm("scontrol", "release", "\(parts[0])")
    try await work.wait(for: "parts-1", "completed")
    #expect(try await work.status("last-1")["last-1"]?["state"]?.string == "pending")
    try await cluster.slurm("scontrol", "release", "\(parts[1])")
    try await work.wait(for: "last-1", "completed")
  }

  @Test func whatWaitsForASuccessIsEndedWhereThereIsNone() async throws {
    let work = try await Workspace(try await TestCluster.shared())
    try work.jobFile("breaks", "until [[ -e '\(work.scratch("go"))' ]]; do sleep 0.1; done; exit 3")
    try work.jobFile("wants", "true")
    try work.jobFile("whatever", "true")
    try await work.succeed("submit", "Jobs/breaks.yaml")
    try await work.succeed("submit", "Jobs/wants.yaml", "--after", "breaks")
    try await work.succeed("submit", "Jobs/whatever.yaml", "--after", "breaks:any")
    try work.scratch.write("", to: "go")
    try await work.wait(for: "breaks-1", "failed")
    let end = try await work.wait(for: "wants-1", "cancelled")
    #expect(end["reason"]?.string?.contains("Dependency") == true, "\(end.canonical)")
    try await work.wait(for: "whatever-1", "completed")
    #expect(work.starts("wants", "wants-1").isEmpty)
    #expect(work.starts("whatever", "whatever-1").count == 1)
  }

  @Test func whatHasEndedIsJudgedAtOnce() async throws {
    let cluster = try await TestCluster.shared()
    let work = try await Workspace(cluster)
    try work.jobFile("good", "true")
    try work.jobFile("bad", "exit 3")
    try work.jobFile("next", "true")
    try await work.succeed("submit", "Jobs/good.yaml", "Jobs/bad.yaml")
    try await work.wait(for: "good-1", "completed")
    try await work.wait(for: "bad-1", "failed")
    let refused = try await work.orchestrate("submit", "Jobs/next.yaml", "--after", "bad")
    #expect(refused.status == 64)
    #expect(refused.error.contains("bad-1 has ended as failed"))
    #expect(refused.error.contains("--after bad:any"))
    #expect(try await work.status("bad-1").count == 1)
    // Nothing is left to wait for.
    try await work.succeed("submit", "Jobs/next.yaml", "--after", "good", "--after", "bad:any")
    try await work.wait(for: "next-1", "completed")
  }

  @Test func ofAConfigTheNewestRunCounts() async throws {
    let cluster = try await TestCluster.shared()
    let work = try await Workspace(cluster)
    try work.jobFile("mended", "[[ -e '\(work.scratch("mend"))' ]]", seeds: 2)
    try work.jobFile("afterwards", "true")
    try await work.succeed("submit", "Jobs/mended.yaml")
    try await work.waitForAll("mended", "failed")
    try work.scratch.write("", to: "mend")
    try await work.succeed("submit", "Jobs/mended.yaml", "--hold")
    let again = try await job(work, "mended-3")
    try await work.succeed("submit", "Jobs/afterwards.yaml", "--after", "mended")
    #expect(
      try await dependency(cluster, of: job(work, "afterwards-1")) == "afterok:\(again)_*")
    // A run that is named is meant itself.
    let named = try await work.orchestrate(
      "submit", "Jobs/afterwards.yaml", "--again", "--after", "mended-1")
    #expect(named.status == 64 && named.error.contains("mended-1 has ended as failed"), "\(named)")
    try await work.succeed("cancel", "mended-4", "-y")
    let cancelled = try await work.orchestrate(
      "submit", "Jobs/afterwards.yaml", "--again", "--after", "mended")
    #expect(cancelled.status == 64 && cancelled.error.contains("mended-4"), "\(cancelled)")
    try await work.succeed("cancel", "--all", "-y")
  }

  @Test func aJobThatSlurmAloneKnows() async throws {
    let cluster = try await TestCluster.shared()
    let work = try await Workspace(cluster)
    try work.jobFile("follows", "true")
    func sbatch(_ command: String, _ options: String...) async throws -> Int {
      let text = try await run(
        "sbatch",
        ["--parsable", "--mem=100M", "--output=/dev/null", "--wrap=\(command)"] + options,
        environment: cluster.environment
      ).output
      return try #require(Int(text.trimmingCharacters(in: .whitespacesAndNewlines)))
    }
    let held = try await sbatch("true", "--hold")
    try await work.succeed("submit", "Jobs/follows.yaml", "--after", "\(held)")
    #expect(
      try await dependency(cluster, of: job(work, "follows-1")) == "afterok:\(held)")
    let failed = try await sbatch("exit 3")
    try await eventually {
      try await cluster.slurm("squeue", "--states=all", "-h", "-o", "%T", "-j", "\(failed)")
        == "FAILED"
    }
    let output = try await work.orchestrate(
      "submit", "Jobs/follows.yaml", "--again", "--after", "\(failed)")
    #expect(output.status == 64 && output.error.contains("ended as FAILED"), "\(output)")
    try await work.succeed("cancel", "--all", "-y")
    try await cluster.slurm("scancel", "\(held)")
  }
}
