import Foundation
import RunContract
import TestSupport
import Testing

/// The built program on a real cluster without accounting.
@Suite(.timeLimit(.minutes(5))) struct OnSlurm {
  @Test func aSweepIsOneArrayAndEveryRunIsStartedOnce() async throws {
    let work = try await Workspace(try await TestCluster.shared())
    let go = work.scratch("go")
    try work.jobFile(
      "sweep", "until [[ -e '\(go)' ]]; do sleep 0.1; done\n" + measuringTrainer, seeds: 6)
    let submitted = try await work.succeed("submit", "Jobs/sweep.yaml", "--json")
    let submissions = try #require(try JSONValue(parsing: submitted.output).array)
    #expect(submissions.count == 1)
    let job = try #require(submissions.first?["job_id"]?.integer)
    // The runs wait until they are watched, so that their end is what the watch sees.
    async let watching = work.succeed("status", "sweep", "--watch")
    try await work.wait(for: "sweep-1", "running")
    try work.scratch.write("", to: "go")
    let watched = try await watching
    #expect(watched.error.contains("sweep-6 completed"))
    let runs = try await work.status("sweep")
    #expect(runs.count == 6)
    for (name, run) in runs {
      #expect(run["state"]?.string == "completed", "\(run.canonical)")
      #expect(run["job_id"]?.integer == job)
      #expect(run["exit_code"]?.integer == 0)
      #expect(run["epoch"]?.integer == 2)
      #expect(run["loss"]?.number == 0.7)
      #expect(work.starts("sweep", name).count == 1)
    }
    #expect(Set(runs.values.compactMap { $0["array_task"]?.integer }) == Set(0..<6))
  }

  @Test func submittingAgainSkipsWhatRunsOrHasCompleted() async throws {
    let work = try await Workspace(try await TestCluster.shared())
    try work.jobFile("twice", "true", seeds: 2)
    try await work.succeed("submit", "Jobs/twice.yaml", "--wait")
    try work.jobFile("twice", "true", seeds: 3)
    let second = try await work.succeed("submit", "Jobs/twice.yaml", "--wait")
    #expect(second.error.contains("skipped 2 config(s)"))
    #expect(try await work.status("twice").count == 3)
    try await work.succeed("submit", "Jobs/twice.yaml", "--again", "--hold")
    #expect(try await work.status("twice").count == 6)
    try await work.succeed("cancel", "--experiment", "twice", "-y")
  }

  @Test func cancelEndsAWaitingJob() async throws {
    let work = try await Workspace(try await TestCluster.shared())
    try work.jobFile("held", "true")
    try await work.succeed("submit", "Jobs/held.yaml", "--hold")
    let run = try await work.wait(for: "held-1", "pending")
    let job = try #require(run["job_id"]?.integer)
    let output = try await work.succeed("cancel", "\(job)")
    #expect(output.output.contains("held-1") && output.output.contains("cancelled"))
    #expect(try await work.status("held-1")["held-1"]?["state"]?.string == "cancelled")
    #expect(work.starts("held", "held-1").isEmpty)
  }

  @Test func cancelEndsARunningJob() async throws {
    let work = try await Workspace(try await TestCluster.shared())
    try work.jobFile("long", "sleep 300")
    try await work.succeed("submit", "Jobs/long.yaml")
    try await work.wait(for: "long-1", "running")
    try await work.succeed("cancel", "long-1")
    let run = try await work.wait(for: "long-1", "cancelled")
    #expect(run["ended_at"]?.string != nil)
  }

  @Test func cancelEndsOneTaskOfAnArrayAndNoOther() async throws {
    let work = try await Workspace(try await TestCluster.shared())
    try work.jobFile("tasks", "true", seeds: 3)
    try await work.succeed("submit", "Jobs/tasks.yaml", "--hold")
    let job = try #require(try await work.status("tasks")["tasks-2"]?["job_id"]?.integer)
    try await work.succeed("cancel", "\(job)_1")
    let runs = try await work.status("tasks")
    #expect(runs["tasks-1"]?["state"]?.string == "pending")
    #expect(runs["tasks-2"]?["state"]?.string == "cancelled")
    #expect(runs["tasks-3"]?["state"]?.string == "pending")
    try await work.succeed("cancel", "--state", "pending", "-y")
    try await work.waitForAll("tasks", "cancelled")
  }

  @Test func anUnknownJobIsShownAndCancelledOnlyOnTheUsersWord() async throws {
    let cluster = try await TestCluster.shared()
    let work = try await Workspace(cluster)
    let job = try await cluster.slurm(
      "sbatch", "--parsable", "--hold", "--job-name=stranger", "--output=/dev/null",
      "--wrap=sleep 1")
    let asked = try await work.orchestrate("cancel", job)
    #expect(asked.status == 64)
    #expect(asked.error.contains("stranger") && asked.error.contains("-y"))
    #expect(try await cluster.slurm("squeue", "-h", "-j", job, "-o", "%T") == "PENDING")
    try await work.succeed("cancel", job, "-y")
    try await eventually {
      try await run(
        "squeue", ["-h", "-j", job, "-o", "%T"], environment: cluster.environment
      ).output.contains("PENDING") == false
    }
    let nobody = try await work.orchestrate("cancel", "999999999")
    #expect(nobody.status == 2)
    #expect(nobody.error.contains("neither the registry nor Slurm knows job 999999999"))
  }

  @Test func aFinishedJobCannotBeCancelled() async throws {
    let work = try await Workspace(try await TestCluster.shared())
    try work.jobFile("done", "true")
    try await work.succeed("submit", "Jobs/done.yaml", "--wait")
    let output = try await work.orchestrate("cancel", "done-1")
    #expect(output.status == 2)
    #expect(output.error.contains("already ended: completed"))
  }

  @Test func anEndedTargetKeepsNoOtherFromBeingCancelled() async throws {
    let cluster = try await TestCluster.shared()
    let work = try await Workspace(cluster)
    try work.jobFile("done", "true")
    try await work.succeed("submit", "Jobs/done.yaml", "--wait")
    let job = try await cluster.slurm(
      "sbatch", "--parsable", "--hold", "--mem=100M", "--output=/dev/null", "--wrap=sleep 1")
    #expect(try await work.orchestrate("cancel", "done-1", job, "-y").status == 2)
    let state = try await cluster.slurm(
      "squeue", "--states=all", "--noheader", "--format=%T", "--jobs=\(job)")
    #expect(state == "CANCELLED")
  }

  @Test func aBadPartitionIsRefusedInSlurmsWords() async throws {
    let work = try await Workspace(try await TestCluster.shared())
    try work.jobFile("lost", "true", resources: ["partition: cpuu"])
    let output = try await work.orchestrate("submit", "Jobs/lost.yaml")
    #expect(output.status == 1)
    #expect(output.error.contains("invalid partition specified: cpuu"))
    #expect(output.error.contains("did you mean cpu?"))
    let run = try await work.status("lost-1")["lost-1"]
    #expect(run?["state"]?.string == "failed")
    #expect(run?["reason"]?.string?.contains("partition") == true)
  }

  @Test(arguments: [(3, "failed"), (86, "diverged"), (65, "failed")])
  func aTrainersExitDecidesTheState(_ code: Int, _ state: String) async throws {
    let work = try await Workspace(try await TestCluster.shared())
    try work.jobFile("ends", "exit \(code)")
    let output = try await work.orchestrate("submit", "Jobs/ends.yaml", "--wait")
    #expect(output.status == 1)
    let run = try #require(try await work.status("ends-1")["ends-1"])
    #expect(run["state"]?.string == state)
    #expect(run["exit_code"]?.integer == code)
  }

  @Test func aKilledScriptIsAFailure() async throws {
    let work = try await Workspace(try await TestCluster.shared())
    try work.jobFile("killed", "sleep 300")
    try await work.succeed("submit", "Jobs/killed.yaml")
    let run = try await work.wait(for: "killed-1", "running")
    let token = try await eventually { work.starts("killed", "killed-1").first }
      .split(separator: " ")[0]
    let directory = try #require(run["directory"]?.string)
    let claim = try #require(Claim.standing(runDirectory: directory, token: String(token)))
    let process = try #require(claim.process)
    #expect(kill(process.pid, SIGKILL) == 0)
    let end = try await work.wait(for: "killed-1", "failed")
    #expect(end["signal"]?.integer == 9 || end["exit_code"]?.integer == 137, "\(end.canonical)")
  }

  @Test func aRequeuedJobTrainsAgainUnderTheSameRun() async throws {
    let cluster = try await TestCluster.shared()
    let work = try await Workspace(cluster)
    try work.jobFile(
      "again", #"[[ $ORCHESTRATE_RESTART -gt 0 ]] || sleep 300"#,
      resources: ["sbatch: {requeue: true}"])
    try await work.succeed("submit", "Jobs/again.yaml")
    let run = try await work.wait(for: "again-1", "running")
    try await eventually { work.starts("again", "again-1").count == 1 }
    let job = try #require(run["job_id"]?.integer)
    try await cluster.slurm("scontrol", "requeue", "\(job)")
    try await work.wait(for: "again-1", "completed", within: .seconds(60))
    #expect(work.starts("again", "again-1").map { $0.split(separator: " ")[1] } == ["0", "1"])
  }
}

/// What happens when Slurm is not there, or keeps books.
@Suite(.timeLimit(.minutes(5))) struct OnOtherClusters {
  @Test func slurmSwitchedOffChangesNothingAndSaysSo() async throws {
    let cluster = try await TestCluster.private()
    let work = try await Workspace(cluster)
    try work.jobFile("kept", "true")
    try await work.succeed("submit", "Jobs/kept.yaml", "--hold")
    try await cluster.waitUntilSaved("kept.")
    try await cluster.crash(.controller)
    let status = try await work.orchestrate("status", "kept", "--json")
    #expect(status.status == 69)
    #expect(status.error.contains("warning:"))
    #expect(status.output.contains(#""state": "pending""#))
    let submit = try await work.orchestrate("submit", "Jobs/kept.yaml", "--again")
    #expect(submit.status == 69)
    let logs = try await work.orchestrate("logs", "kept-1")
    #expect(logs.error.contains("warning: the queue is not known"), "\(logs)")
    let cancel = try await work.orchestrate("cancel", "kept-1")
    #expect(cancel.status == 69)
    #expect(
      cancel.output.contains(
        "not asked to end: Slurm cannot be reached; it is cancelled as soon as"))
    #expect(cancel.error.split(separator: "\n").count == 1, "\(cancel)")
    #expect(try await work.orchestrate("status", "kept-1", "--json").output.contains("pending"))
    // The wish is kept, and carried out by whoever looks when Slurm is back.
    try await cluster.restore()
    try await eventually { try await run("squeue", environment: cluster.environment).status == 0 }
    let back = try await work.orchestrate("status", "kept-1")
    #expect(back.error.contains("kept-1: asked to end now, as was wished before"), "\(back)")
    try await work.wait(for: "kept-1", "cancelled")
    #expect(work.starts("kept", "kept-1").isEmpty)
    try await cluster.stop()
  }

  /// The script is stopped while its trainer comes to its good end, killed before it can record that, and
  /// started once more.
  @Test func anEndWhoseScriptWasKilledBeforeItsRecordIsKnown() async throws {
    let cluster = try await TestCluster.shared()
    let work = try await Workspace(cluster)
    try work.jobFile(
      "cut",
      #"""
      script=$(sed -n 's/^pid=//p' "$ORCHESTRATE_RUN_DIR/claims/$ORCHESTRATE_TOKEN")
      kill -STOP "$script"
      echo "$script" >"$ORCHESTRATE_RUN_DIR/stopped"
      """#)
    try await work.succeed("submit", "Jobs/cut.yaml")
    let run = "runs/cut/cut-1"
    let word = try await eventually {
      try namesInFolder(work.scratch(run)).first { $0.hasPrefix(".done.") && $0.hasSuffix(".0of1") }
    }
    #expect(word.contains(".0."))
    let script = work.scratch.read("\(run)/stopped")?.split(separator: "\n").first
    try #require(kill(#require(script.flatMap { pid_t($0) }), SIGKILL) == 0)
    let job = try #require(try await work.status("cut-1")["cut-1"]?["job_id"]?.integer)
    try await eventually {
      try await cluster.slurm("squeue", "-h", "-j", "\(job)", "-t", "all", "-o", "%T")
        .contains("FAILED")
    }
    #expect(try await work.status("cut-1")["cut-1"]?["state"]?.string == "completed")
    try await cluster.slurm("scontrol", "requeue", "\(job)")
    // The job waits and starts once more; the run stays what it is.
    let submission = try #require(try namesInFolder(work.scratch("submissions")).first)
    try await eventually(within: .seconds(40), every: .milliseconds(200)) {
      let state = try await work.status("cut-1")["cut-1"]?["state"]?.string
      #expect(state == "completed")
      return work.scratch.read("submissions/\(submission)/slurm.log")?
        .contains("nothing is left to do") == true
    }
    #expect(work.starts("cut", "cut-1").count == 1)
    // It says so first and tidies up after.
    try await eventually {
      try !namesInFolder(work.scratch(run)).contains { $0.hasPrefix(".done.") }
    }
  }

  /// A controller that is killed before it saves its state knows nothing of the start: it kills the
  /// script, or starts it once more beside the copy that it has forgotten, or holds the job.
  @Test func aControllerThatIsKilledRightAfterAStartLetsNoRunTrainTwice() async throws {
    let cluster = try await TestCluster.private()
    let work = try await Workspace(cluster)
    try work.jobFile(
      "twin",
      // The last seconds keep the end away from the moment at which the controller that comes back kills what
      // it does not know: a script that is killed between its trainer's end and its record is run again.
      """
      exec 9>>"$ORCHESTRATE_RUN_DIR/lock"
      flock --nonblock 9 || echo "$$" >>"$ORCHESTRATE_RUN_DIR/both.log"
      until [[ -e '\(work.scratch("go"))' ]]; do sleep 0.1 9>&-; done
      sleep 5 9>&-
      echo end >>"$ORCHESTRATE_RUN_DIR/ended.log"
      """, seeds: 3)
    try await work.succeed("submit", "Jobs/twin.yaml")
    let runs = (1...3).map { "twin-\($0)" }
    try await eventually(within: .seconds(60)) {
      runs.allSatisfy { !work.starts("twin", $0).isEmpty }
    }
    let job = try #require(try await work.status("twin-1")["twin-1"]?["job_id"]?.integer)
    try await cluster.crash(.controller)
    try await cluster.restore()
    try work.scratch.write("", to: "go")
    do {
      try await eventually(within: .seconds(120), every: .milliseconds(500)) {
        // What Slurm could not start a second time it holds until somebody says otherwise.
        try await run("scontrol", ["release", "\(job)"], environment: cluster.environment)
        // What it killed and started again as if for the first time is refused its claim, and whoever looks
        // lets it go on.
        let states = try await work.status("twin", tolerant: true)
        return runs.allSatisfy { states[$0]?["state"]?.string == "completed" }
      }
    } catch {
      let jobs = try await cluster.slurm("scontrol", "show", "job")
      let look = """
        cd "$1"
        ls -laR runs
        tail -n 20 runs/*/*/output.log runs/*/*/claims/* submissions/*/slurm*
        """
      let left = try await run("bash", ["-c", look, "look", work.scratch.path])
      throw TestFailure("\(error)\n\(jobs)\n\(left.output)")
    }
    for run in runs {
      let starts = work.starts("twin", run)
      #expect(work.scratch.read("runs/twin/\(run)/both.log") == nil, "\(starts)")
      #expect(work.scratch.read("runs/twin/\(run)/ended.log") == "end\n", "\(starts)")
      try await work.wait(for: run, "completed", within: .seconds(60))
    }
    try await cluster.stop()
  }

  @Test func withAccountingEveryRunEndsAsSacctSays() async throws {
    let cluster = try await TestCluster.withAccounting()
    let work = try await Workspace(cluster)
    try work.jobFile(
      "books",
      #"case $SEED in 1) exit 0;; 2) exit 7;; 3) exit 86;; 4) kill -9 $$;; *) sleep 300;; esac"#,
      seeds: 5)
    try await work.succeed("submit", "Jobs/books.yaml")
    try await work.wait(for: "books-1", "completed")
    try await work.wait(for: "books-2", "failed")
    try await work.wait(for: "books-3", "diverged")
    try await work.wait(for: "books-4", "failed")
    try await work.wait(for: "books-5", "running")
    let job = try #require(try await work.status("books-5")["books-5"]?["job_id"]?.integer)
    try await work.succeed("cancel", "\(job)_4")
    try await work.wait(for: "books-5", "cancelled")
    try await eventually {
      let text = try await cluster.slurm("sacct", "-nXP", "-j", "\(job)", "-o", "JobID,State")
      let states = Dictionary(
        uniqueKeysWithValues: text.split(separator: "\n").map { line in
          let fields = line.split(separator: "|")
          return (String(fields[0]), String(fields[1].split(separator: " ")[0]))
        })
      return states == [
        "\(job)_0": "COMPLETED", "\(job)_1": "FAILED", "\(job)_2": "FAILED",
        "\(job)_3": "FAILED", "\(job)_4": "CANCELLED",
      ]
    }
  }
}
