import Foundation
import RunContract
import TestSupport
import Testing

/// Runs that go on: continued, tried again, submitted anew. The built program on real clusters.
@Suite(.timeLimit(.minutes(10))) struct RunsThatGoOn {
  /// A project that does not wait long.
  private func workspace(_ cluster: TestCluster) async throws -> Workspace {
    let work = try await Workspace(cluster)
    try work.scratch.write("resubmit_after: 2\nlost_after: 4\n", to: ".orchestrate/config.yaml")
    return work
  }

  /// A trainer that counts its starts and asks to be run again until the n-th.
  private func untilStart(_ count: Int) -> String {
    #"[[ $(wc -l <"$ORCHESTRATE_RUN_DIR/started.log") -ge \#(count) ]] || exit 75"#
  }

  @Test func whereSlurmMayNotRequeueTheRunIsContinuedUnderANewToken() async throws {
    let work = try await workspace(try await TestCluster.shared())
    try work.jobFile("stops", untilStart(3), seeds: 2, resources: ["sbatch: {no-requeue: true}"])
    try await work.succeed("submit", "Jobs/stops.yaml")
    try await work.waitForAll("stops", "completed", within: .seconds(90))
    for run in ["stops-1", "stops-2"] {
      let tokens = work.starts("stops", run).map { String($0.prefix { $0 != " " }) }
      #expect(tokens.count == 3, "\(run): \(tokens)")
      #expect(Set(tokens).count == 3)
    }
  }

  @Test func onThisMachineToo() async throws {
    let work = try await Workspace()
    try work.jobFile("here", untilStart(2), seeds: 2)
    try await work.succeed("submit", "Jobs/here.yaml", "--executor", "local", "--detach")
    try await work.waitForAll("here", "completed")
    for run in ["here-1", "here-2"] { #expect(work.starts("here", run).count == 2) }
  }

  @Test func maxRequeuesBoundsIt() async throws {
    let work = try await workspace(try await TestCluster.shared())
    try work.jobFile("never", "exit 75", resources: ["sbatch: {no-requeue: true}"])
    var file = try #require(work.scratch.read("Jobs/never.yaml"))
    file += "\nretry: {max_requeues: 2}\n"
    try work.scratch.write(file, to: "Jobs/never.yaml")
    try await work.succeed("submit", "Jobs/never.yaml")
    let end = try await work.wait(for: "never-1", "failed", within: .seconds(90))
    #expect(work.starts("never", "never-1").count == 3)
    #expect(end["reason"]?.string?.contains("max_requeues is 2") == true, "\(end.canonical)")
  }

  @Test func retryGoesOnInTheSameRunWithOtherResources() async throws {
    let work = try await workspace(try await TestCluster.shared())
    try work.jobFile("fails", #"[[ -e "$ORCHESTRATE_RUN_DIR/mended" ]] || exit 3"#)
    _ = try await work.orchestrate("submit", "Jobs/fails.yaml", "--wait")
    let failed = try #require(try await work.status("fails-1")["fails-1"])
    #expect(failed["state"]?.string == "failed")
    let folder = try #require(failed["directory"]?.string)
    try Data().write(to: URL(fileURLWithPath: "\(folder)/mended"))
    let change = ["--memory", "200M", "--time", "00:07:00"]
    let preview = try await work.orchestrate(["retry", "fails-1", "--dry-run"] + change)
    #expect(preview.output.contains("#SBATCH --time=00:07:00\n#SBATCH --mem=200M\n"), "\(preview)")
    #expect(preview.output.contains("fails.sh"))
    let json = try JSONValue(
      parsing: try await work.orchestrate(["retry", "fails-1", "--dry-run", "--json"] + change)
        .output)
    #expect(json.array?.count == 1 && json.array?.first?["script"]?.string == preview.output)
    #expect(try await work.orchestrate(["retry", "fails-1"] + change).status == 0)
    let done = try await work.wait(for: "fails-1", "completed", within: .seconds(60))
    #expect(done["job_id"]?.integer != failed["job_id"]?.integer)
    #expect(work.starts("fails", "fails-1").count == 2)
    let again = try await work.orchestrate("retry", "fails-1")
    #expect(again.status == 64)
    #expect(again.error.contains("has completed"))
  }

  /// Submissions that vanish one after the other: not for ever.
  @Test func whatNeverLeavesATraceIsGivenUpAndCanBeTriedAgain() async throws {
    let work = try await workspace(try await TestCluster.shared())
    try work.scratch.write("resubmit_after: 1\n", to: ".orchestrate/config.yaml")
    try work.jobFile("gone", "true")
    try work.scratch.write(
      "#!/bin/bash\necho x >>'\(work.scratch("calls"))'\nexit 7\n", to: "void/sbatch",
      executable: true)
    var environment = work.environment
    environment["PATH"] = "\(work.scratch("void")):\(environment["PATH"] ?? "")"
    let own = environment
    let submitted = try await run(
      product("orchestrate"), ["submit", "Jobs/gone.yaml", "--executor", "slurm"],
      environment: own, in: work.scratch.path)
    #expect(submitted.status == 75, "\(submitted)")
    let end = try await eventually(within: .seconds(90), every: .milliseconds(300)) {
      let look = try await run(
        product("orchestrate"), ["status", "--json"], environment: own, in: work.scratch.path)
      let row = try JSONValue(parsing: look.output).array?.first
      return row?["state"]?.string == "lost" ? row : nil
    }
    #expect(end["reason"]?.string?.contains("submitted 6 times") == true, "\(end.canonical)")
    #expect(work.scratch.read("calls") == String(repeating: "x\n", count: 6))
    try await work.succeed("retry", "gone-1")
    try await work.wait(for: "gone-1", "completed")
    #expect(work.starts("gone", "gone-1").count == 1)
  }

  @Test func aRunOfAFullQueueWaitsForTheNextLook() async throws {
    let cluster = try await TestCluster.shared()
    let work = try await workspace(cluster)
    try work.jobFile("busy", untilStart(2), resources: ["sbatch: {no-requeue: true}"])
    try await work.succeed("submit", "Jobs/busy.yaml")
    // The continuation is refused; nothing is lost by it.
    try work.scratch.write(
      "#!/bin/bash\necho 'sbatch: error: Batch job submission failed: Slurm temporarily unable to"
        + " accept job, sleeping and retrying' >&2\nexit 1\n", to: "full/sbatch", executable: true)
    var environment = work.environment
    environment["PATH"] = "\(work.scratch.path)/full:\(environment["PATH"] ?? "")"
    let full = environment
    try await eventually(within: .seconds(60), every: .milliseconds(300)) {
      let output = try await run(
        product("orchestrate"), ["status", "busy-1", "--json"], environment: full,
        in: work.scratch.path)
      return output.output.contains(#""state": "requeued""#)
        && output.output.contains("temporarily unable")
    }
    #expect(work.starts("busy", "busy-1").count == 1)
    // Its old job would be waited for in vain, or not at all.
    let after = try await run(
      product("orchestrate"), ["submit", "Jobs/busy.yaml", "--again", "--after", "busy-1"],
      environment: full, in: work.scratch.path)
    #expect(after.status == 2 && after.error.contains("waits to be submitted anew"), "\(after)")
    // A user who does not want to wait for the next try ends it.
    try await work.succeed("cancel", "busy-1", "-y")
    #expect(try await work.status("busy-1")["busy-1"]?["state"]?.string == "cancelled")
  }

  @Test func aRegistryOfSomebodyElseMakesNobodySubmitAnything() async throws {
    let cluster = try await TestCluster.shared()
    let work = try await workspace(cluster)
    try work.jobFile("theirs", "touch '\(work.scratch("executed"))'")
    var environment = work.environment
    environment["ORCHESTRATE_TEST_STOP_AT"] = "intended"
    _ = try await run(
      product("orchestrate"), ["submit", "Jobs/theirs.yaml"], environment: environment,
      in: work.scratch.path)
    // Whoever comes now has another secret: the files are somebody else's work.
    environment = work.environment
    environment["HOME"] = work.scratch("another-home")
    let other = environment
    try await eventually(within: .seconds(30), every: .milliseconds(300)) {
      let output = try await run(
        product("orchestrate"), ["reconcile"], environment: other, in: work.scratch.path)
      return output.error.contains("was not made by you")
    }
    let retry = try await run(
      product("orchestrate"), ["retry", "theirs-1"], environment: other, in: work.scratch.path)
    #expect(retry.status != 0)
    let names = try await cluster.slurm("squeue", "--me", "-h", "-o", "%j")
    #expect(!names.contains("theirs."))
    #expect(access(work.scratch("executed"), F_OK) != 0)
  }

  @Test func aProjectThatWasMovedStillSeesAndEndsItsJobs() async throws {
    let work = try await workspace(try await TestCluster.shared())
    try work.scratch.write("", to: "old/.keep")
    let (old, new) = (work.scratch("old"), work.scratch("new"))
    _ = try await run(product("orchestrate"), ["init", old], environment: work.environment)
    try work.scratch.write("#!/bin/bash\ntrue\n", to: "old/t.sh", executable: true)
    try work.scratch.write(
      "experiment: moved\ncommand: [./t.sh]\nparams: {epochs: 1}\n", to: "old/Jobs/moved.yaml")
    func orchestrate(_ arguments: [String], in folder: String) async throws -> Output {
      try await run(
        product("orchestrate"), arguments, environment: work.environment, in: folder)
    }
    #expect(try await orchestrate(["submit", "Jobs/moved.yaml", "--hold"], in: old).status == 0)
    try FileManager.default.moveItem(atPath: old, toPath: new)
    let cancelled = try await orchestrate(["cancel", "moved-1"], in: new)
    #expect(cancelled.status == 0, "\(cancelled)")
    let status = try await orchestrate(["status", "moved-1", "--json"], in: new)
    #expect(status.output.contains(#""state": "cancelled""#), "\(status)")
    let retry = try await orchestrate(["retry", "moved-1"], in: new)
    #expect(retry.status == 1 && retry.error.contains("was the project moved?"), "\(retry)")
  }

  @Test func aCopyOfAProjectRunsNothingASecondTime() async throws {
    let work = try await workspace(try await TestCluster.shared())
    try work.jobFile(
      "asks", "sleep 2; \(untilStart(2))", resources: ["sbatch: {no-requeue: true}"])
    try work.jobFile("left", "true")
    try await work.succeed("submit", "Jobs/asks.yaml")
    var environment = work.environment
    environment["ORCHESTRATE_TEST_STOP_AT"] = "intended"
    _ = try await run(
      product("orchestrate"), ["submit", "Jobs/left.yaml"], environment: environment,
      in: work.scratch.path)
    let copy = try Scratch()
    try await run("cp", ["-r", "\(work.scratch.path)/.", copy.path])
    // Both look while one run asks to be run again, and the other leaves no trace.
    try await eventually(within: .seconds(90), every: .milliseconds(300)) {
      let output = try await run(
        product("orchestrate"), ["reconcile"], environment: work.environment, in: copy.path)
      #expect(!output.error.contains("as job"), "\(output)")
      let states = try await work.status("asks").merging(work.status("left")) { $1 }
      return states.values.allSatisfy { $0["state"]?.string == "completed" }
    }
    #expect(work.starts("asks", "asks-1").count == 2)
    #expect(work.starts("left", "left-1").count == 1)
    #expect(copy.read("runs/left/left-1/started.log") == nil)
    #expect((copy.read("runs/asks/asks-1/started.log") ?? "").split(separator: "\n").count <= 1)
  }

  @Test func aJobThatSlurmEndedAtItsMemoryLimitRanOutOfMemory() async throws {
    let work = try await workspace(try await TestCluster.shared())
    try work.jobFile(
      "greedy", "head -c 400M /dev/zero | tail -c 300M | sleep 60", resources: [])
    try await work.succeed("submit", "Jobs/greedy.yaml")
    let end = try await work.wait(for: "greedy-1", "out_of_memory", within: .seconds(60))
    #expect(end["reason"]?.string?.contains("memory") == true)
  }

  @Test func partsThatAnEndedOrchestrateLeftAreHandedOver() async throws {
    let cluster = try await TestCluster.private(settings: ["CLUSTER_EXTRA": "MaxArraySize=3"])
    let work = try await workspace(cluster)
    try work.jobFile("parts", "true", seeds: 7)
    var environment = work.environment
    // Killed when the first of three parts had been accepted.
    environment["ORCHESTRATE_TEST_STOP_AT"] = "recorded"
    _ = try await run(
      product("orchestrate"), ["submit", "Jobs/parts.yaml"], environment: environment,
      in: work.scratch.path)
    let states = try await work.status("parts").values.compactMap { $0["state"]?.string }
    #expect(states.count == 7)
    try await work.waitForAll("parts", "completed")
    let runs = try await work.status("parts")
    #expect(Set(runs.values.compactMap { $0["job_id"]?.integer }).count == 3)
    for name in runs.keys { #expect(work.starts("parts", name).count == 1) }
    try await cluster.stop()
  }

  @Test func aDirectoryOutsideTheProjectIsLeftAlone() async throws {
    let work = try await workspace(try await TestCluster.shared())
    try work.jobFile("links", "true")
    let outside = try Scratch()
    try FileManager.default.createDirectory(
      atPath: work.scratch("runs"), withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(
      atPath: work.scratch("runs/links"), withDestinationPath: outside.path)
    let output = try await work.orchestrate("submit", "Jobs/links.yaml")
    #expect(output.status != 0)
    #expect(output.error.contains("symbolic link"), "\(output)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: outside.path).isEmpty)
  }
}

/// What an administrator and a crash of the controller do to runs.
@Suite(.timeLimit(.minutes(10))) struct RunsAndTheirController {
  @Test func anAdministratorsRequeueOfAnEndedJobIsSeen() async throws {
    let cluster = try await TestCluster.shared()
    let work = try await Workspace(cluster)
    try work.jobFile("revived", #"[[ $ORCHESTRATE_RESTART -gt 0 ]] || exit 3"#)
    _ = try await work.orchestrate("submit", "Jobs/revived.yaml", "--wait")
    let run = try #require(try await work.status("revived-1")["revived-1"])
    #expect(run["state"]?.string == "failed")
    let job = try #require(run["job_id"]?.integer)
    try await cluster.slurm("scontrol", "requeue", "\(job)")
    try await work.wait(for: "revived-1", "requeued", "running", "completed")
    try await work.wait(for: "revived-1", "completed", within: .seconds(60))
    #expect(work.starts("revived", "revived-1").count == 2)
  }

  @Test func aTaskThatWasCancelledByHandWhileItWaitedIsCancelled() async throws {
    let cluster = try await TestCluster.shared()
    let work = try await Workspace(cluster)
    try work.jobFile("hand", "true", seeds: 3)
    try await work.succeed("submit", "Jobs/hand.yaml", "--hold")
    let job = try #require(try await work.status("hand-1")["hand-1"]?["job_id"]?.integer)
    let hint = try await work.succeed("status", "hand").error
    #expect(hint.contains("`scontrol release \(job)` lets 3 held runs go"), "\(hint)")
    try await cluster.slurm("scancel", "\(job)_1")
    try await work.wait(for: "hand-2", "cancelled", within: .seconds(60))
    let runs = try await work.status("hand")
    #expect(runs["hand-1"]?["state"]?.string == "pending")
    #expect(runs["hand-3"]?["state"]?.string == "pending")
    try await work.succeed("cancel", "--experiment", "hand", "-y")
  }

  @Test func aJobThatTheControllerForgotIsExecutedOnce() async throws {
    let cluster = try await TestCluster.private()
    let work = try await Workspace(cluster)
    try work.scratch.write("lost_after: 4\n", to: ".orchestrate/config.yaml")
    try work.jobFile("forgotten", "true", seeds: 2)
    try await work.succeed("submit", "Jobs/forgotten.yaml", "--hold")
    _ = try await work.status("forgotten")
    try await cluster.loseControllerState()
    // Another job gets the forgotten one's number, and is nobody of ours.
    let stranger = try await cluster.slurm(
      "sbatch", "--parsable", "--hold", "--mem=10M", "--output=/dev/null", "--wrap=true")
    try await eventually(within: .seconds(60), every: .milliseconds(300)) {
      let runs = try await work.status("forgotten")
      return runs.values.allSatisfy { $0["job_id"]?.integer != Int(stranger) }
        && runs.values.allSatisfy { $0["state"]?.string == "pending" }
        && runs.count == 2
    }
    let names = try await cluster.slurm("squeue", "--me", "-h", "-o", "%j %i")
    #expect(names.contains("forgotten."), "\(names)")
    // The new submission is held like the first; released, both train once.
    for job in Set(try await work.status("forgotten").values.compactMap { $0["job_id"]?.integer }) {
      try await cluster.slurm("scontrol", "release", "\(job)")
    }
    try await work.waitForAll("forgotten", "completed")
    for run in ["forgotten-1", "forgotten-2"] {
      #expect(work.starts("forgotten", run).count == 1)
    }
    #expect(try await cluster.slurm("squeue", "-h", "-j", stranger, "-o", "%T") == "PENDING")
    try await cluster.stop()
  }
}
