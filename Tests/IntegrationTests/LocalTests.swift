import Foundation
import RunContract
import TestSupport
import Testing

/// The built program on this machine, without Slurm.
@Suite(.timeLimit(.minutes(5))) struct OnThisMachine {
  @Test func runsAreExecutedSoManyAtATimeAndOnceEach() async throws {
    let work = try await Workspace()
    try work.jobFile(
      "few",
      """
      date +%s%N >"$ORCHESTRATE_RUN_DIR/begin"
      sleep 0.3
      date +%s%N >"$ORCHESTRATE_RUN_DIR/end"
      \(measuringTrainer)
      """, seeds: 4)
    try await work.succeed("submit", "Jobs/few.yaml", "--executor", "local", "--jobs", "2")
    let runs = try await work.status("few")
    #expect(runs.count == 4)
    var spans: [(Int, Int)] = []
    for (name, run) in runs {
      #expect(run["state"]?.string == "completed", "\(run.canonical)")
      #expect(run["executor"]?.string == "local")
      #expect(work.starts("few", name).count == 1)
      func time(_ file: String) -> Int {
        Int((work.scratch.read("runs/few/\(name)/\(file)") ?? "").dropLast()) ?? 0
      }
      spans.append((time("begin"), time("end")))
    }
    for span in spans {
      #expect(spans.count { $0.0 <= span.0 && span.0 < $0.1 } <= 2, "more than two at a time")
    }
  }

  @Test func runsThatNeedTheWholeMachineDoNotMeet() async throws {
    let work = try await Workspace()
    let whole = ProcessInfo.processInfo.activeProcessorCount
    // Two submissions, so two supervisors, compete for the machine's places.
    for name in ["wide", "other"] {
      try work.jobFile(
        name,
        """
        mkdir "\(work.scratch("busy"))" || exit 9
        sleep 0.3
        rmdir "\(work.scratch("busy"))"
        """, seeds: 2, resources: ["cpus_per_task: \(whole)"])
      try await work.succeed("submit", "Jobs/\(name).yaml", "--executor", "local", "--detach")
    }
    try await work.waitForAll("wide", "completed")
    try await work.waitForAll("other", "completed")
  }

  /// A project on a file server is looked at from other machines, and a machine may be given another name.
  @Test func whatHasEndedHereHasEndedEverywhere() async throws {
    let work = try await Workspace()
    try work.jobFile("named", "true")
    try await work.succeed("submit", "Jobs/named.yaml", "--executor", "local", "--detach")
    let claims = "runs/named/named-1/claims"
    try await eventually { work.scratch.read("runs/named/named-1/exit.json") != nil }
    for name in try namesInFolder(work.scratch(claims)) where !name.hasPrefix(".") {
      let claim = try #require(work.scratch.read("\(claims)/\(name)"))
      try work.scratch.write(
        claim.replacing(/host=.*/, with: "host=elsewhere"), to: "\(claims)/\(name)")
    }
    let run = try #require(try await work.status("named-1")["named-1"])
    #expect(run["state"]?.string == "completed" && run["nodes"]?.string == "elsewhere", "\(run)")
  }

  /// The folder of a login goes with its last session, and the runs outlive that.
  @Test(arguments: [true, false])
  func whatWaitsForAPlaceOutlivesTheLogin(_ comesBack: Bool) async throws {
    let work = try await Workspace()
    let login = work.scratch("login")
    func logIn() throws {
      try FileManager.default.createDirectory(
        atPath: login, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    }
    try logIn()
    try work.jobFile("stays", "until [[ -e go ]]; do sleep 0.1; done", seeds: 2)
    var environment = work.environment
    environment["XDG_RUNTIME_DIR"] = login
    let submitted = try await run(
      product("orchestrate"),
      ["submit", "Jobs/stays.yaml", "--executor", "local", "--detach", "--jobs", "1"],
      environment: environment, in: work.scratch.path)
    #expect(submitted.status == 0, "\(submitted)")
    try await work.wait(for: "stays-1", "running")
    try FileManager.default.removeItem(atPath: login)
    if comesBack { try logIn() }
    try work.scratch.write("", to: "go")
    try await work.waitForAll("stays", "completed")
    for name in ["stays-1", "stays-2"] { #expect(work.starts("stays", name).count == 1) }
  }

  @Test func anotherTerminalCancelsARunAndAWaitingOne() async throws {
    let work = try await Workspace()
    try work.jobFile("back", "sleep 300", seeds: 2)
    try await work.succeed(
      "submit", "Jobs/back.yaml", "--executor", "local", "--detach", "--jobs", "1")
    try await work.wait(for: "back-1", "running")
    try await work.succeed("cancel", "back-2")
    #expect(try await work.status("back-2")["back-2"]?["state"]?.string == "cancelled")
    #expect(try await work.status("back-1")["back-1"]?["state"]?.string == "running")
    try await work.succeed("cancel", "back-1")
    #expect(try await work.status("back-1")["back-1"]?["state"]?.string == "cancelled")
    #expect(work.starts("back", "back-2").isEmpty)
  }

  @Test func aCancelledRunIsEndedAtOnceAndLeavesItsStatus() async throws {
    let work = try await Workspace()
    try work.jobFile("end", "exec sleep 300", seeds: 4)
    try await work.succeed(
      "submit", "Jobs/end.yaml", "--executor", "local", "--detach", "--jobs", "4")
    for seed in 1...4 {
      try await eventually { !work.starts("end", "end-\(seed)").isEmpty }
    }
    try await work.succeed("cancel", "--experiment", "end", "-y")
    for run in try await work.status("end").values {
      #expect(run["state"]?.string == "cancelled")
      #expect(run["exit_code"]?.integer == 143, "it had to be killed: \(run.canonical)")
    }
  }

  @Test func aRunSurvivesItsSupervisorAndIsAdopted() async throws {
    let work = try await Workspace()
    try work.jobFile(
      "orphan", #"until [[ -e $ORCHESTRATE_RUN_DIR/go ]]; do sleep 0.1; done"#, seeds: 2)
    try await work.succeed(
      "submit", "Jobs/orphan.yaml", "--executor", "local", "--detach", "--jobs", "1")
    try await work.wait(for: "orphan-1", "running")
    let submission = try #require(
      try FileManager.default.contentsOfDirectory(atPath: work.scratch("submissions")).first)
    let supervisor = try #require(
      ProcessIdentity(text: work.scratch.read("submissions/\(submission)/supervisor") ?? ""))
    #expect(kill(supervisor.pid, SIGKILL) == 0)
    try await eventually { !supervisor.isAlive }
    #expect(try await work.status("orphan-1")["orphan-1"]?["state"]?.string == "running")
    try work.scratch.write("", to: "runs/orphan/orphan-1/go")
    try await work.wait(for: "orphan-1", "completed")
    let never = try await work.wait(for: "orphan-2", "lost")
    #expect(never["reason"]?.string?.contains("never started") == true)
    #expect(work.starts("orphan", "orphan-2").isEmpty)
  }

  @Test func aTrainerThatOutlivesItsScriptIsStillARun() async throws {
    let work = try await Workspace()
    try work.jobFile("rest", #"echo $$ >"$ORCHESTRATE_RUN_DIR/trainer"; sleep 300"#)
    try await work.succeed("submit", "Jobs/rest.yaml", "--executor", "local", "--detach")
    let run = try await work.wait(for: "rest-1", "running")
    let script = try #require(run["job_id"]?.integer)
    try await eventually { work.scratch.read("runs/rest/rest-1/trainer")?.isEmpty == false }
    let trainer = try #require(
      Int32((work.scratch.read("runs/rest/rest-1/trainer") ?? "").dropLast()))
    #expect(kill(Int32(script), SIGKILL) == 0)
    try await eventually { ProcessIdentity(pid: Int32(script)) == nil }
    #expect(try await work.status("rest-1")["rest-1"]?["state"]?.string == "running")
    let again = try await work.succeed("submit", "Jobs/rest.yaml", "--executor", "local")
    #expect(again.error.contains("skipped 1 config(s)"))
    try await work.succeed("cancel", "rest-1")
    #expect(try await work.status("rest-1")["rest-1"]?["state"]?.string == "cancelled")
    #expect(ProcessIdentity(pid: trainer) == nil)
  }

  /// What hears no signal keeps the run alive meanwhile; it was cancelled by the first wish.
  @Test func whoIsCancelledTwiceIsCancelled() async throws {
    let work = try await Workspace()
    try work.jobFile(
      "twice",
      """
      (trap '' TERM; exec sleep 300) & trap 'exit 143' TERM
      touch "$ORCHESTRATE_RUN_DIR/ready"; while :; do sleep 0.2; done
      """)
    try await work.succeed("submit", "Jobs/twice.yaml", "--executor", "local", "--detach")
    try await eventually { work.scratch.read("runs/twice/twice-1/ready") != nil }
    async let first = work.orchestrate("cancel", "twice-1")
    try await eventually { work.scratch.read("runs/twice/twice-1/exit.json") != nil }
    try await Task.sleep(for: .seconds(3))  // times of files count in whole seconds
    _ = try await work.orchestrate("cancel", "twice-1")
    _ = try await first
    #expect(try await work.status("twice-1")["twice-1"]?["state"]?.string == "cancelled")
  }

  /// As a logger's helper does: whatever a trainer leaves behind, its end is what it said.
  @Test func whatATrainerLeavesBehindIsNoTraining() async throws {
    let work = try await Workspace()
    let leaving = "sleep 300 </dev/null >/dev/null 2>&1 & echo $! >$ORCHESTRATE_RUN_DIR/helper"
    func helper(_ run: String) -> Int32? {
      work.scratch.read("runs/left/\(run)/helper").flatMap { Int32($0.dropLast()) }
    }
    try work.jobFile("left", "\(leaving); [[ $SEED -eq 1 ]] || exit 3", seeds: 2)
    try await work.succeed("submit", "Jobs/left.yaml", "--executor", "local", "--detach")
    try await work.wait(for: "left-1", "completed")
    #expect(kill(try #require(helper("left-1")), SIGKILL) == 0)
    let failed = try await eventually {
      let run = try await work.status("left-2")["left-2"]
      return run?["reason"]?.string?.hasPrefix("its trainer ended with exit 3") == true ? run : nil
    }
    #expect(failed["state"]?.string == "running")
    try await Task.sleep(for: .seconds(2))  // times of files count in whole seconds
    try await work.orchestrate("cancel", "left-2")
    let ended = try await work.wait(for: "left-2", "failed", "cancelled")
    #expect(ended["state"]?.string == "failed" && ended["exit_code"]?.integer == 3, "\(ended)")
    let left = try #require(helper("left-2"))
    try await eventually { ProcessIdentity(pid: left) == nil }
  }

  @Test func ctrlCEndsTheRuns() async throws {
    let work = try await Workspace()
    try work.jobFile("stop", "sleep 300", seeds: 2)
    // timeout(1) sends the signal that Ctrl-C sends, to orchestrate alone.
    let output = try await run(
      "timeout",
      [
        "-s", "INT", "4", try product("orchestrate"), "submit", "Jobs/stop.yaml",
        "--executor", "local",
      ], environment: work.environment, in: work.scratch.path)
    #expect(output.error.contains("ending 2 runs"), "\(output)")
    for run in try await work.status("stop").values {
      #expect(run["state"]?.string == "cancelled")
    }
  }

  @Test func aFailureIsToldByTheExitStatusAndTheLog() async throws {
    let work = try await Workspace()
    try work.jobFile("bad", "echo the disk is on fire >&2; exit 5")
    let output = try await work.orchestrate("submit", "Jobs/bad.yaml", "--executor", "local")
    #expect(output.status == 1)
    let run = try #require(try await work.status("bad-1")["bad-1"])
    #expect(run["state"]?.string == "failed")
    #expect(run["exit_code"]?.integer == 5)
    #expect(try await work.succeed("logs", "bad-1").output.contains("the disk is on fire"))
  }

  @Test func compareShowsWhatDiffersAndWhatCameOfIt() async throws {
    let work = try await Workspace()
    try work.jobFile("pair", measuringTrainer, seeds: 2)
    try await work.succeed("submit", "Jobs/pair.yaml", "--executor", "local")
    let rows = try #require(
      try JSONValue(parsing: try await work.succeed("compare", "pair-1", "pair-2", "--json").output)
        .array)
    #expect(rows.count == 2)
    #expect(rows[0]["parameters"]?.object == ["seed": 1])
    #expect(rows[0]["first_loss"]?.number == 0.8)
    #expect(rows[0]["last_loss"]?.number == 0.7)
    #expect(rows[0]["best_loss"]?.number == 0.7)
    #expect(rows[0]["highest_grad_norm"]?.number == 2)
    #expect(rows[0]["highest_grad_norm_epoch"]?.integer == 2)
    #expect(rows[0]["last_corr_penalty"]?.number == 0.1)
    let table = try await work.succeed("compare", "--experiment", "pair").output
    #expect(table.contains("seed") && !table.contains("epochs"))
  }

  @Test(arguments: ["csv", "json", "tensorboard", "mlflow"])
  func runsAreExportedAndNothingIsOverwritten(format: String) async throws {
    let work = try await Workspace()
    try work.jobFile("out", measuringTrainer, seeds: 2)
    try await work.succeed("submit", "Jobs/out.yaml", "--executor", "local")
    func export(_ more: String...) async throws -> Output {
      try await run(
        product("orchestrate"),
        ["export", "out", "--format", format, "--output", "taken", "--json"] + more,
        environment: work.environment, in: work.scratch.path)
    }
    let first = try await export()
    #expect(first.status == 0, "\(first)")
    let summary = try JSONValue(parsing: first.output)
    #expect(summary["runs"]?.integer == 2 && summary["values"]?.integer == 12)
    #expect(summary["path"]?.string?.hasSuffix("/taken") == true)
    let second = try await export()
    #expect(second.status == 64 && second.error.contains("--force"), "\(second)")
    #expect(try await export("--force").status == 0)
    if format == "csv" {
      let table = try #require(work.scratch.read("taken/metrics.csv"))
      #expect(table.split(separator: "\n").count == 13)
      #expect(table.contains("out-1,") && table.contains("grad_norm"))
    }
  }

  @Test func compareTellsTwoRunsApartDownToTheirScripts() async throws {
    let work = try await Workspace()
    try work.jobFile("left", "exit 0", resources: ["partition: a"], parameters: ["rate: 0.1"])
    try work.jobFile("right", "exit 3", resources: ["partition: b"], parameters: ["rate: 0.2"])
    for experiment in ["left", "right"] {
      _ = try await work.orchestrate(
        "submit", "Jobs/\(experiment).yaml", "--executor", "local")
    }
    let output = try await work.succeed("compare", "--diff", "right-1", "left-1", "--json").output
    let json = try JSONValue(parsing: output)
    #expect(json["runs"] == ["right-1", "left-1"])
    let found = Dictionary(
      uniqueKeysWithValues: (json["differences"]?.array ?? []).map {
        ("\($0["section"]?.string ?? "").\($0["name"]?.string ?? "")", $0["values"])
      })
    #expect(found["parameters.rate"] == ["0.2", "0.1"])
    #expect(found["resources.partition"] == ["b", "a"])
    #expect(found["outcome.state"] == ["failed", "completed"])
    #expect(found["outcome.exit_code"] == ["3", "0"])
    #expect(found["program.kept_sha256"] != nil && found["parameters.seed"] == nil)
    let lines = json["script_diff"]?.array?.compactMap(\.string) ?? []
    #expect(lines.contains("-#SBATCH --partition=b") && lines.contains("+#SBATCH --partition=a"))
    let table = try await work.succeed("compare", "--diff", "left-1", "right-1").output
    #expect(table.contains("-#SBATCH --partition=a") && table.contains("rate"))
    let one = try await work.orchestrate("compare", "--diff", "left-1")
    #expect(one.status == 64 && one.error.contains("these are 1"))
  }

  @Test func compareTakesTheRunsThatAreChosen() async throws {
    let work = try await Workspace()
    for experiment in ["one", "two"] {
      try work.jobFile(experiment, measuringTrainer, seeds: 3)
      try await work.succeed("submit", "Jobs/\(experiment).yaml", "--executor", "local")
    }
    func names(_ arguments: String...) async throws -> [String] {
      let output = try await run(
        product("orchestrate"), ["compare", "--json"] + arguments,
        environment: work.environment, in: work.scratch.path)
      try #require(output.status == 0, "\(output)")
      return (try JSONValue(parsing: output.output).array ?? []).compactMap { $0["run"]?.string }
    }
    #expect(
      try await names("one", "two", "--where", "seed>=2") == ["one-2", "one-3", "two-2", "two-3"])
    #expect(
      try await names("--experiment", "two", "--where", "seed!=2", "--where", "seed<3")
        == ["two-1"])
    #expect(try await names("two", "--state", "completed", "--since", "1h").count == 3)
    let config = try #require(try await work.status("one-2")["one-2"]?["config"]?.string)
    #expect(try await names(String(config.prefix(12))) == ["one-2", "two-2"])
    for (arguments, status, words) in [
      (["one", "--where", "sead=2"], Int32(64), "did you mean seed?"),
      (["one", "--where", "seed"], 64, "compares nothing"),
      (["one", "--where", "seed=9"], 2, "no runs match"),
      (["one", "--since", "soon"], 64, "as in 7d"),
      (["one", "--since", "2999-01-01"], 2, "no runs match"),
    ] {
      let output = try await run(
        product("orchestrate"), ["compare"] + arguments, environment: work.environment,
        in: work.scratch.path)
      #expect(output.status == status && output.error.contains(words), "\(arguments): \(output)")
    }
  }

  @Test func damagedAndHalfWrittenMetricsAreShownForWhatTheyAre() async throws {
    let work = try await Workspace()
    try work.jobFile(
      "torn",
      #"""
      echo '{"step":1,"epoch":1,"time":1,"values":{"loss":"NaN"}}' >>"$ORCHESTRATE_METRICS"
      echo 'no json' >>"$ORCHESTRATE_METRICS"
      printf '{"step":2,"epo' >>"$ORCHESTRATE_METRICS"
      """#)
    try await work.succeed("submit", "Jobs/torn.yaml", "--executor", "local")
    let run = try #require(try await work.status("torn-1")["torn-1"])
    #expect(run["loss"]?.string == "NaN")
    #expect(run["damaged_lines"]?.integer == 1)
    #expect(run["step"]?.integer == 1)
  }

  @Test func ofALongLogTheLastLinesAreShownAndTheWholeIsWhole() async throws {
    let work = try await Workspace()
    try work.jobFile(
      "long", #"for ((i = 1; i <= 60000; i++)); do echo "Schritt $i: ä€𝄞"; done; printf 'no end'"#)
    try await work.succeed("submit", "Jobs/long.yaml", "--executor", "local")
    let log = try #require(work.scratch.read("runs/long/long-1/output.log"))
    let lines = log.split(separator: "\n")
    try #require(lines.count == 60_001 && log.utf8.count > 1 << 20)
    for count in [0, 1, 2, 20, 50_000, 60_001, 100_000] {
      let shown = try await work.orchestrate("logs", "long-1", "-n", "\(count)").output
      #expect(shown.split(separator: "\n") == lines.suffix(count), "-n \(count)")
    }
    #expect(try await work.orchestrate("logs", "long-1").output == log)
  }
}
