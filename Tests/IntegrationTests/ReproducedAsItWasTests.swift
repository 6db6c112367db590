import Foundation
import RunContract
import TestSupport
import Testing

/// Runs that came about by detours, and what a verdict says besides the values.
@Suite(.timeLimit(.minutes(4))) struct ReproducedAsItWas {
  private func reproduce(
    _ work: Workspace, _ arguments: String..., stopAt step: String? = nil
  ) async throws -> Output {
    var environment = work.environment
    environment["ORCHESTRATE_TEST_STOP_AT"] = step
    return try await run(
      product("orchestrate"), ["reproduce"] + arguments, environment: environment,
      in: work.scratch.path, limit: .seconds(150))
  }

  private func json(_ work: Workspace, _ run: String) async throws -> JSONValue {
    try JSONValue(parsing: try await reproduce(work, run, "--json").output)
  }

  private func status(_ what: String, _ json: JSONValue) -> String? {
    json["origins"]?.array?.first { $0["what"]?.string == what }?["status"]?.string
  }

  /// A template that shows the experiment in a place of its own.
  private func ownTemplate(_ work: Workspace) throws {
    let text = try #require(work.scratch.read("Templates/train.sbatch.mustache"))
    try work.scratch.write(
      text.replacingOccurrences(of: "\nset -u\n", with: "\nset -u\necho {{experiment}}\n"),
      to: "Templates/mine.sbatch.mustache")
  }

  @Test func aHeldRunOfATemplateOfOnesOwnIsNotRefused() async throws {
    let work = try await Workspace(try await TestCluster.shared())
    try ownTemplate(work)
    try work.jobFile("held", measuringTrainer)
    let file = try #require(work.scratch.read("Jobs/held.yaml"))
    try work.scratch.write(file + "\ntemplate: mine\n", to: "Jobs/held.yaml")
    try await work.succeed("submit", "Jobs/held.yaml", "--hold")
    let stored = try await reproduce(work, "held-1", "--script").output
    #expect(stored.contains("#SBATCH --hold") && stored.contains("echo held\n"))
    let new = try await reproduce(work, "held-1", "--submit", "--dry-run")
    #expect(new.status == 0 && new.output.contains("echo held-reproduced\n"), "\(new)")
    #expect(!new.output.contains("#SBATCH --hold"))
    let facts = try await json(work, "held-1")
    #expect(status("rendering", facts) == "unchanged" && status("job file", facts) == "unchanged")
    try work.scratch.write(file, to: "Jobs/held.yaml")
    #expect(status("job file", try await json(work, "held-1")) == "changed")
    // It is compared when both have ended, and not before.
    let early = try await reproduce(work, "held-1", "--submit", "--wait", "--json")
    #expect(try JSONValue(parsing: early.output)["outcome"] == "unknown", "\(early)")
    #expect(early.status == 0)
    try await work.succeed("cancel", "held-1", "-y")
  }

  @Test func aTaskOfAnArrayOnSlurmAndAContinuedRunComeOutTheSame() async throws {
    let work = try await Workspace(try await TestCluster.shared())
    try work.jobFile("sweep", measuringTrainer, seeds: 3)
    try await work.succeed("submit", "Jobs/sweep.yaml", "--wait")
    let facts = try await json(work, "sweep-3")
    #expect(facts["script"]?.string?.contains("#SBATCH --array=0-2") == true)
    #expect(status("rendering", facts) == "unchanged")
    let output = try await reproduce(work, "sweep-3", "--submit", "--wait", "--json")
    let verdict = try JSONValue(parsing: output.output)
    #expect(output.status == 0 && verdict["outcome"] == "identical", "\(output)")
    // A trainer that leaves no record of what it ran on promises nothing.
    #expect(verdict["promised"] == false && verdict["states"] == ["completed", "completed"])
    let single = try await json(work, "sweep-reproduced-1")
    #expect(single["script"]?.string?.contains("--array") == false)
    #expect(single["config"] == facts["config"] && single["config"]?["seed"] == 3)

    let goesOn = #"[[ $(wc -l <"$ORCHESTRATE_RUN_DIR/started.log") -ge 2 ]] || exit 75"#
    try work.jobFile("here", goesOn + "\n" + measuringTrainer)
    try await work.succeed("submit", "Jobs/here.yaml", "--executor", "local", "--detach")
    try await work.wait(for: "here-1", "completed")
    #expect(work.starts("here", "here-1").count == 2)
    let again = try await reproduce(work, "here-1", "--submit", "--wait")
    #expect(again.status == 0 && again.output.contains("identical: "), "\(again)")
    #expect(status("rendering", try await json(work, "here-1")) == "unchanged")
  }

  @Test(arguments: ["written", "intended", "answered"])
  func whoeverIsKilledOnTheWayLeavesNothingOrOneReproduction(step: String) async throws {
    let work = try await Workspace(try await TestCluster.shared())
    try work.scratch.write("resubmit_after: 2\nlost_after: 4\n", to: ".orchestrate/config.yaml")
    try work.jobFile("once", measuringTrainer)
    try await work.succeed("submit", "Jobs/once.yaml", "--wait")
    let killed = try await reproduce(work, "once-1", "--submit", stopAt: step)
    #expect(killed.status != 0)
    let verdicts = try #require(try await json(work, "once-1")["verdicts"]?.array)
    guard step != "written" else { return #expect(verdicts.isEmpty) }
    #expect(verdicts.map { $0["run"]?.string } == ["once-reproduced-1"])
    try await work.wait(for: "once-reproduced-1", "completed", within: .seconds(90))
    #expect(work.starts("once-reproduced", "once-reproduced-1").count == 1)
    let late = try await reproduce(work, "once-1")
    #expect(late.status == 0 && late.output.contains("identical: once-reproduced-1 and once-1"))
  }

  @Test func damagedLinesAndOtherEndsAreSaid() async throws {
    let work = try await Workspace()
    try work.jobFile(
      "worse",
      measuringTrainer + "\n" + """
        [[ -e '\(work.scratch("again"))' ]] || { touch '\(work.scratch("again"))'; exit 0; }
        echo '{"step":3,"epo' >>"$ORCHESTRATE_METRICS"; exit 3
        """)
    try await work.succeed("submit", "Jobs/worse.yaml", "--executor", "local")
    let output = try await reproduce(work, "worse-1", "--submit", "--wait")
    #expect(output.status == 0, "\(output)")
    for words in [
      "identical: ", "1 damaged line of worse-reproduced-1 does not count",
      "worse-1 is completed, worse-reproduced-1 failed",
    ] {
      #expect(output.output.contains(words), "\(words): \(output)")
    }
    let verdict = try await json(work, "worse-1")["verdicts"]?.array?.first
    #expect(verdict?["damaged_lines"] == [0, 1] && verdict?["states"] == ["completed", "failed"])
  }

  @Test func whatATrainerWritesMovesNoTerminal() async throws {
    let work = try await Workspace()
    try work.jobFile(
      "rude",
      #"""
      n=$(date +%s%N)
      printf '{"step":1,"epoch":1,"time":1,"values":{"l\\u009b2Joss\\u202e":%s}}\n' "$n" \
        >>"$ORCHESTRATE_METRICS"
      printf '{"binary_sha256":"\\u001b[31m%s","threads":1,"ranks":1,"instruction_set":"%s",' \
        "$n" '<b>\u202e' >"$ORCHESTRATE_RUN_DIR/provenance.json"
      printf '"inexact":["from step 7: \\u009b threads"]}' >>"$ORCHESTRATE_RUN_DIR/provenance.json"
      """#)
    try await work.succeed("submit", "Jobs/rude.yaml", "--executor", "local")
    let output = try await reproduce(
      work, "rude-1", "--submit", "--wait", "--tolerance", "0")
    #expect(output.status == 1 && output.output.contains("they part"), "\(output)")
    #expect(output.output.contains(#"\u{1B}[31m"#), "\(output)")
    #expect(output.output.contains("went on elsewhere"), "\(output)")
    let shown = try await reproduce(work, "rude-1").output
    for text in [output.output, output.error, shown] {
      let bad = text.unicodeScalars.filter { $0.isControl && $0 != "\n" && $0 != "\t" }
      #expect(bad.isEmpty, "\(bad)")
    }
  }
}
