import Foundation
import RunContract
import TestSupport
import Testing

/// What a look at Slurm costs, and what it makes of jobs that somebody else has touched.
@Suite(.timeLimit(.minutes(5))) struct Looks {
  /// Runs `orchestrate` with commands of Slurm that note each call of them.
  /// - Parameter isAway: whether they say that the controller is away.
  private func counted(
    _ work: Workspace, _ arguments: String..., isAway: Bool = false
  ) async throws -> (output: Output, calls: [String]) {
    try await counted(work, arguments, isAway: isAway)
  }

  private func counted(
    _ work: Workspace, _ arguments: [String], isAway: Bool
  ) async throws -> (output: Output, calls: [String]) {
    let away =
      "echo 'slurm_load_jobs error: Unable to contact slurm controller (connect failure)' >&2; exit 1"
    for name in ["squeue", "sacct", "scontrol", "scancel", "sinfo"] {
      try work.scratch.write(
        """
        #!/bin/bash
        echo \(name) >>'\(work.scratch("calls"))'
        \(isAway ? away : "PATH=${PATH#*:} exec \(name) \"$@\"")

        """, to: "bin/\(name)", executable: true)
    }
    try? FileManager.default.removeItem(atPath: work.scratch("calls"))
    var environment = work.environment
    environment["PATH"] = "\(work.scratch("bin")):\(try #require(environment["PATH"]))"
    let output = try await run(
      product("orchestrate"), arguments, environment: environment, in: work.scratch.path)
    let calls = (work.scratch.read("calls") ?? "").split(separator: "\n").map(String.init)
    return (output, calls)
  }

  @Test func aLookIsAtMostTwoCommandsWhateverIsMissing() async throws {
    let cluster = try await TestCluster.shared()
    let work = try await Workspace(cluster)
    try work.jobFile("few", "true", seeds: 3)
    try await work.succeed("submit", "Jobs/few.yaml", "--hold")
    // Submitting an array has told what this site is like.
    #expect(try await counted(work, "status").calls == ["squeue"])
    let job = try #require(try await work.status("few-1")["few-1"]?["job_id"]?.integer)
    // The last two of an array vanish at once.
    try await cluster.slurm("scancel", "\(job)_[1-2]")
    for _ in 0..<4 {
      #expect(try await counted(work, "status").calls == ["squeue", "sacct"])
    }
    let ended = try await counted(work, "cancel", "few-1", "few-2", "few-3", "-y")
    #expect(ended.calls.count { $0 == "squeue" } <= 4, "\(ended)")
  }

  /// What a single run needs to be told apart from one that was ended by somebody is asked for in a look that has
  /// room for a second command, and kept.
  @Test func whatASiteIsLikeIsAskedWhereThereIsRoom() async throws {
    let work = try await Workspace(try await TestCluster.shared())
    try work.jobFile("one", "true")
    try await work.succeed("submit", "Jobs/one.yaml", "--hold")
    #expect(try await counted(work, "status").calls == ["squeue", "scontrol"])
    #expect(try await counted(work, "status").calls == ["squeue"])
    try await work.succeed("cancel", "one-1")
  }

  /// Ten parts of a sweep that were never handed over, and wait for the same run.
  @Test func whatIsHandedOverLateCostsNoLookOfItsOwn() async throws {
    let cluster = try await TestCluster.private(settings: ["CLUSTER_EXTRA": "MaxArraySize=2"])
    let work = try await Workspace(cluster)
    try work.jobFile("first", "true")
    try work.jobFile("then", "true", seeds: 22)
    try await work.succeed("submit", "Jobs/first.yaml", "--hold")
    var environment = work.environment
    environment["ORCHESTRATE_TEST_STOP_AT"] = "recorded"
    let killed = try await run(
      product("orchestrate"), ["submit", "Jobs/then.yaml", "--after", "first-1"],
      environment: environment, in: work.scratch.path)
    #expect(killed.status == 137, "\(killed)")
    func left() async throws -> Int {
      try await run(
        "sqlite3",
        [
          work.scratch(".orchestrate/registry.sqlite"),
          "SELECT count(*) FROM submission WHERE state = 'submitting'",
        ]
      ).output.split(separator: "\n").first.flatMap { Int($0) } ?? -1
    }
    #expect(try await left() == 10)
    // Where the queue does not answer nobody is asked a second time.
    let away = try await counted(work, "status", isAway: true)
    #expect(away.output.status == 69 && away.calls.count <= 2, "\(away)")
    // Who follows a run of this machine does not ask Slurm every half second.
    try work.jobFile("here", "sleep 3")
    let here = try await counted(
      work, "submit", "Jobs/here.yaml", "--executor", "local", isAway: true)
    #expect(here.output.status == 0 && here.calls.count <= 2, "\(here)")
    #expect(try await left() == 10)
    let look = try await counted(work, "status")
    #expect(try await left() == 0)
    #expect(look.calls.count <= 2, "\(look.calls)")
    try await cluster.slurm(
      "scontrol", "release",
      "\(try #require(try await work.status("first-1")["first-1"]?["job_id"]?.integer))")
    try await work.waitForAll("then", "completed")
    #expect((1...22).allSatisfy { work.starts("then", "then-\($0)").count == 1 })
    try await cluster.stop()
  }

  /// An administrator has started again what had failed, and the queue does not answer.
  @Test func whatMayHaveBeenStartedAgainIsNotSubmittedBesideIt() async throws {
    let cluster = try await TestCluster.shared()
    let work = try await Workspace(cluster)
    try work.jobFile(
      "alive",
      """
      [[ $ORCHESTRATE_RESTART -gt 0 ]] || exit 3
      until [[ -e '\(work.scratch("go"))' ]]; do sleep 0.1; done
      """)
    try await work.succeed("submit", "Jobs/alive.yaml")
    let run = try await work.wait(for: "alive-1", "failed")
    let job = try #require(run["job_id"]?.integer)
    try await cluster.slurm("scontrol", "requeue", "\(job)")
    try await eventually(within: .seconds(60)) { work.starts("alive", "alive-1").count == 2 }
    for command in [["retry", "alive-1"], ["submit", "Jobs/alive.yaml"], ["status", "alive-1"]] {
      let output = try await counted(work, command, isAway: true).output
      #expect(output.status == 69 && output.error.contains("Unable to contact"), "\(output)")
    }
    #expect(try namesInFolder(work.scratch("submissions")).count == 1)
    try await work.wait(for: "alive-1", "running")
    try work.scratch.write("", to: "go")
    try await work.wait(for: "alive-1", "completed")
    #expect(work.starts("alive", "alive-1").count == 2)
    // It stays completed, whatever the queue says.
    let done = try await counted(work, "status", "alive-1", isAway: true).output
    #expect(done.status == 0 && !done.error.contains("Unable to contact"), "\(done)")
  }

  @Test func targetsAreLookedForTogether() async throws {
    let work = try await Workspace(try await TestCluster.shared())
    try work.jobFile("done", "true", seeds: 8)
    try await work.succeed("submit", "Jobs/done.yaml", "--wait")
    let names = (1...8).map { "done-\($0)" }
    let json = try await run(
      product("orchestrate"), ["cancel", "--json"] + names, environment: work.environment,
      in: work.scratch.path)
    #expect(json.status == 2)
    let rows = try #require(try JSONValue(parsing: json.output).array)
    #expect(rows.compactMap { $0["run"]?.string } == names)
    #expect(rows.allSatisfy { $0["state"]?.string == "completed" })
    let look = try await counted(
      work, "cancel", names[0], names[1], names[2], names[3], names[4], names[5])
    #expect(look.calls == ["squeue"] && look.output.status == 2, "\(look)")
  }

  /// An administrator requeued it after its end.
  @Test func anEndedJobThatWaitsAgainCostsNoSecondLook() async throws {
    let cluster = try await TestCluster.shared()
    let work = try await Workspace(cluster)
    try work.jobFile("back", "exit 3")
    _ = try await work.orchestrate("submit", "Jobs/back.yaml", "--wait")
    let job = try #require(try await work.status("back-1")["back-1"]?["job_id"]?.integer)
    try await eventually {
      try await run(
        "scontrol", ["requeuehold", "\(job)"], environment: cluster.environment
      ).status == 0
    }
    try await eventually {
      try await cluster.slurm("squeue", "-h", "-j", "\(job)", "-o", "%T") == "PENDING"
    }
    let first = try await counted(work, "status", "--json")
    #expect(first.calls == ["squeue"] && first.output.output.contains("requeued"), "\(first)")
    try await work.succeed("cancel", "back-1")
  }

  @Test func aRenamedJobIsStillTheRuns() async throws {
    let cluster = try await TestCluster.shared()
    let work = try await Workspace(cluster)
    try work.jobFile("named", "true")
    try await work.succeed("submit", "Jobs/named.yaml", "--hold")
    let run = try await work.wait(for: "named-1", "pending")
    let job = try #require(run["job_id"]?.integer)
    try await cluster.slurm("scontrol", "update", "JobId=\(job)", "JobName=mine")
    let output = try await work.orchestrate("cancel", "named-1")
    #expect(output.status == 1 && output.output.contains("not asked to end yet, still pending"))
    #expect(
      output.error.contains("is called mine now") && output.error.contains("`scancel \(job)`"))
    #expect(try await cluster.slurm("squeue", "-h", "-j", "\(job)", "-o", "%T") == "PENDING")
    try await cluster.slurm("scontrol", "release", "\(job)")
    try await work.wait(for: "named-1", "completed")
    #expect(work.starts("named", "named-1").count == 1)
  }

  @Test func whatHasEndedUnseenIsSubmittedAgain() async throws {
    let cluster = try await TestCluster.shared()
    let work = try await Workspace(cluster)
    try work.jobFile("unseen", "[[ -e '\(work.scratch("good"))' ]]")
    try await work.succeed("submit", "Jobs/unseen.yaml")
    func hasEnded(_ job: String, _ state: String) async throws {
      try await eventually(within: .seconds(60)) {
        try await cluster.slurm("squeue", "-h", "--me", "-t", "all", "-o", "%T %j")
          .split(separator: "\n").contains { $0.hasPrefix("\(state) \(job)") }
      }
    }
    let token = try #require(namesInFolder(work.scratch("submissions")).first)
    try await hasEnded(token, "FAILED")
    let again = try await work.succeed("submit", "Jobs/unseen.yaml", "--hold")
    #expect(again.error.contains("submitted unseen-2") && !again.error.contains("skipped"))
    try await work.succeed("cancel", "unseen-2")
    // An administrator brings the first one back: its config is not run beside it.
    try work.scratch.write("", to: "good")
    let job = try #require(try await work.status("unseen-1")["unseen-1"]?["job_id"]?.integer)
    try await cluster.slurm("scontrol", "requeue", "\(job)")
    let beside = try await work.succeed("submit", "Jobs/unseen.yaml")
    #expect(beside.error.contains("skipped 1 config(s)") && beside.error.contains("unseen-1"))
    try await work.wait(for: "unseen-1", "completed")
    #expect(work.starts("unseen", "unseen-1").count == 2)
  }

  /// Another program holds the registry's lock longer than anybody waits for it, while Slurm answers.
  /// - Parameter isLate: whether the submission is a part that an ended orchestrate had left.
  @Test(arguments: [false, true])
  func whatWasAcceptedAndCannotBeRecordedIsFoundByItsName(isLate: Bool) async throws {
    let cluster =
      try await isLate
      ? TestCluster.private(settings: ["CLUSTER_EXTRA": "MaxArraySize=2"]) : TestCluster.shared()
    let work = try await Workspace(cluster)
    try work.jobFile("locked", "true", seeds: isLate ? 3 : 1)
    if isLate {
      var killed = work.environment
      killed["ORCHESTRATE_TEST_STOP_AT"] = "recorded"
      let output = try await run(
        product("orchestrate"), ["submit", "Jobs/locked.yaml"], environment: killed,
        in: work.scratch.path)
      #expect(output.status == 137, "\(output)")
    }
    try work.scratch.write(
      """
      #!/bin/bash
      PATH=${PATH#*:}
      answer=$(sbatch "$@") || exit
      touch '\(work.scratch.path)/accepted'
      until [[ -e '\(work.scratch.path)/locked' ]]; do sleep 0.1; done
      echo "$answer"
      """, to: "late/sbatch", executable: true)
    var environment = work.environment
    environment["PATH"] = try "\(work.scratch("late")):\(#require(environment["PATH"]))"
    let lock = """
      until [[ -e accepted ]]; do sleep 0.1; done
      sqlite3 .orchestrate/registry.sqlite 'BEGIN EXCLUSIVE' '.shell touch locked' \
        '.shell until [ -e ended ]; do sleep 0.1; done' COMMIT
      """
    let (own, folder) = (environment, work.scratch.path)
    async let locked = run("bash", ["-c", lock], environment: own, in: folder)
    let output = try await run(
      product("orchestrate"),
      isLate ? ["status"] : ["submit", "Jobs/locked.yaml", "--executor", "slurm"],
      environment: own, in: folder)
    try work.scratch.write("", to: "ended")
    #expect(try await locked.status == 0)
    #expect(output.error.contains("has been locked"), "\(output)")
    if !isLate {
      #expect(output.status == 75 && output.error.contains("do not submit it again"), "\(output)")
    }
    for run in isLate ? ["locked-3", "locked-2", "locked-1"] : ["locked-1"] {
      try await work.wait(for: run, "completed")
      #expect(work.starts("locked", run).count == 1)
    }
    if isLate { try await cluster.stop() }
  }

  @Test func aLinkToTheProjectIsTheProject() async throws {
    let work = try await Workspace(try await TestCluster.shared())
    let links = try Scratch()
    #expect(symlink(work.scratch.path, links("project")) == 0)
    try work.jobFile("linked", "[[ $ORCHESTRATE_RESTART -gt 0 ]] || exit 75")
    try await work.succeed(
      "submit", "Jobs/linked.yaml", "--project", links("project"))
    try await eventually(within: .seconds(60), every: .milliseconds(200)) {
      let look = try await work.succeed("status", "--json", "--project", links("project"))
      #expect(!look.error.contains("left alone"), "\(look)")
      return look.output.contains(#""state": "completed""#)
    }
    #expect(work.starts("linked", "linked-1").count == 2)
  }

  @Test func anotherClusterKnowsNothingOfTheRunsOfThisOne() async throws {
    let cluster = try await TestCluster.shared()
    let other = try await TestCluster.private(settings: ["CLUSTER_EXTRA": "ClusterName=elsewhere"])
    let work = try await Workspace(cluster)
    try work.scratch.write("lost_after: 1\nresubmit_after: 1\n", to: ".orchestrate/config.yaml")
    try work.jobFile("here", "true")
    try await work.succeed("submit", "Jobs/here.yaml", "--hold")
    var there = work.environment
    there["SLURM_CONF"] = other.configuration
    for _ in 0..<3 {
      let look = try await run(
        product("orchestrate"), ["status", "--json"], environment: there, in: work.scratch.path)
      #expect(look.status == 0 && look.output.contains(#""state": "pending""#), "\(look)")
      #expect(look.error.contains("here-1 on the cluster lab"), "\(look)")
      try await Task.sleep(for: .seconds(1))
    }
    let after = try await run(
      product("orchestrate"), ["submit", "Jobs/here.yaml", "--again", "--after", "here-1:any"],
      environment: there, in: work.scratch.path)
    #expect(after.status == 64 && after.error.contains("is on the cluster lab"), "\(after)")
    let cancel = try await run(
      product("orchestrate"), ["cancel", "here-1"], environment: there, in: work.scratch.path)
    #expect(
      cancel.status == 1 && cancel.output.contains("not asked to end: it is on the cluster lab"))
    // Whoever asks the right one carries the wish out.
    let here = try await work.orchestrate("status", "here-1", "--json")
    #expect(here.error.contains("asked to end now, as was wished before"), "\(here)")
    try await work.wait(for: "here-1", "cancelled")
    try await other.stop()
  }
}
