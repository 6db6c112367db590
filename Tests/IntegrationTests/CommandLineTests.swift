import Foundation
import RunContract
import TestSupport
import Testing

/// What a user meets at the command line.
@Suite(.timeLimit(.minutes(3))) struct CommandLineTests {
  static let commands = [
    [], ["init"], ["submit"], ["status"], ["logs"], ["compare"], ["cancel"], ["render"], ["config"],
    ["config", "add"], ["config", "import"], ["config", "list"], ["config", "show"], ["reconcile"],
    ["retry"], ["prune"], ["export"],
  ]

  @Test(arguments: commands) func helpOpensWithExamples(_ command: [String]) async throws {
    let output = try await run(product("orchestrate"), command + ["--help"])
    #expect(output.status == 0)
    let examples = try #require(output.output.range(of: "EXAMPLES"))
    let usage = try #require(
      output.output.range(
        of: "USAGE: " + (["orchestrate"] + command).joined(separator: " ")))
    #expect(examples.lowerBound < usage.lowerBound)
  }

  @Test func wordsThatACommandDoesNotTakeAreMetWithItsUsage() async throws {
    for (words, wanted) in [
      (["status", "--al"], "Usage: orchestrate status"), (["submit"], "Usage: orchestrate submit"),
      (["status", "--version"], "0.1.0"),
    ] {
      let output = try await run(product("orchestrate"), words)
      #expect((output.output + output.error).contains(wanted), "\(words): \(output)")
    }
  }

  @Test func aMistypedCommandIsMetWithTheRightOne() async throws {
    let output = try await run(product("orchestrate"), ["stauts"])
    #expect(output.status == 64)
    #expect(output.error.contains("did you mean status?"))
    let nested = try await run(product("orchestrate"), ["config", "lst"])
    #expect(nested.error.contains("did you mean list?"))
  }

  @Test func outsideAProjectTheMendIsNamed() async throws {
    let scratch = try Scratch()
    let output = try await run(product("orchestrate"), ["status"], in: scratch.path)
    #expect(output.status == 64)
    #expect(output.error.contains("orchestrate init"))
  }

  @Test func initTwiceKeepsWhatIsThere() async throws {
    let work = try await Workspace()
    try work.scratch.write("# mine\n", to: "Jobs/demo.yaml")
    let second = try await work.succeed("init")
    #expect(!second.output.contains("made"))
    #expect(work.scratch.read("Jobs/demo.yaml") == "# mine\n")
  }

  @Test func theSameConfigTwiceIsOneAndTheUserIsTold() async throws {
    let work = try await Workspace()
    let first = try await work.succeed(
      "config", "add", "--penalty", "quadratic", "--corr-weight", "0.5", "--clip-value", "5",
      "--data", "data/pairs")
    let second = try await work.succeed(
      "config", "add", "--penalty", "quadratic", "--corr-weight", "5e-1", "--clip-value", "5.0",
      "--data", "data/pairs")
    #expect(first.output == second.output)
    #expect(second.error.contains("the same config twice is one config"))
    let id = first.output.trimmingCharacters(in: .whitespacesAndNewlines)
    let shown = try await work.succeed("config", "show", id, "--json")
    #expect(try JSONValue(parsing: shown.output)["corr_weight"]?.number == 0.5)
    try work.scratch.write(shown.output, to: "config.json")
    let imported = try await work.succeed("config", "import", "config.json")
    #expect(imported.output.contains("known already"))
    let list = try JSONValue(parsing: try await work.succeed("config", "list", "--json").output)
    #expect(list.array?.count == 1)
    let rendered = try await work.succeed("render", id).output
    #expect(rendered.contains("export CORR_WEIGHT=0.5\n"))
    #expect(rendered.contains("export PENALTY=quadratic\n"))
  }

  @Test func mistakesInAConfigAreNamed() async throws {
    let work = try await Workspace()
    let output = try await work.orchestrate(
      "config", "add", "--penalty", "cubik", "--set", "corr_wieght=1")
    #expect(output.status == 64)
    #expect(output.error.contains("penalty must be one of "))
    #expect(output.error.contains("did you mean corr_weight?"))
    #expect(output.error.contains("data is missing"))
  }

  @Test func aMistakeInAJobFileIsNamedByItsPlace() async throws {
    let work = try await Workspace()
    try work.scratch.write(
      "experiment: x\nparams:\n  data: d\n  corr_wieght: 0.5\n", to: "Jobs/x.yaml")
    let output = try await work.orchestrate("submit", "Jobs/x.yaml", "--executor", "local")
    #expect(output.status == 64)
    #expect(output.error.contains("Jobs/x.yaml:4:3: error:"))
    #expect(output.error.contains("did you mean corr_weight?"))
    #expect(try await work.status().isEmpty)
  }

  @Test func aDryRunPrintsTheScriptAndChangesNothing() async throws {
    let work = try await Workspace()
    let dry = try await work.succeed("submit", "Jobs/penalty-sweep.yaml", "--dry-run")
    let rendered = try await work.succeed("render", "Jobs/penalty-sweep.yaml")
    #expect(dry.output == rendered.output)
    #expect(dry.output.hasPrefix("#!/bin/bash\n"))
    #expect(dry.output.contains("#SBATCH --array=0-20%8"))
    #expect(try await work.status().isEmpty)
    #expect(!FileManager.default.fileExists(atPath: work.scratch("submissions")))
  }

  @Test func whatMatchesNothingSaysSoInEveryForm() async throws {
    let work = try await Workspace()
    for form in [[], ["--json"], ["-q"]] {
      #expect(try await work.orchestrate(["status"] + form).status == 0)
      let output = try await work.orchestrate(["status", "--state", "failed"] + form)
      #expect(
        output.status == 2 && output.output == (form == ["--json"] ? "[]\n" : ""), "\(output)")
    }
  }

  @Test func aDryRunOfCancelAnswersInJSON() async throws {
    let work = try await Workspace()
    try work.jobFile("kept", "sleep 300")
    try await work.succeed("submit", "Jobs/kept.yaml", "--executor", "local", "--detach")
    try await eventually { !work.starts("kept", "kept-1").isEmpty }
    let output = try await work.succeed("cancel", "kept", "--dry-run", "--json")
    let rows = try #require(try JSONValue(parsing: output.output).array)
    #expect(rows.count == 1 && rows.first?["run"]?.string == "kept-1", "\(output)")
    #expect(try await work.status("kept-1")["kept-1"]?["state"]?.string == "running")
    try await work.succeed("cancel", "kept", "-y")
  }

  @Test func reconcileAnswersInJSON() async throws {
    let work = try await Workspace()
    try work.jobFile("told", "sleep 300")
    try await work.succeed("submit", "Jobs/told.yaml", "--executor", "local", "--detach")
    try await eventually { !work.starts("told", "told-1").isEmpty }
    var output = try await work.succeed("reconcile", "--json")
    let round = try JSONValue(parsing: output.output)
    #expect(round["changes"]?.integer == 1 && round["complete"] == .bool(true), "\(output)")
    #expect(round["notes"]?.array == [] && round["warnings"]?.array == [], "\(output)")
    try await work.succeed("cancel", "told-1", "-y")
    output = try await work.succeed("reconcile")
    #expect(output.output == "0 runs changed\n")
  }

  @Test func statusAnswersInDocumentedKeys() async throws {
    let work = try await Workspace()
    try work.jobFile("keys", "true")
    try await work.succeed("submit", "Jobs/keys.yaml", "--executor", "local")
    let run = try #require(try await work.status("keys-1")["keys-1"]?.object)
    let keys: Set = [
      "run", "experiment", "config", "state", "executor", "job_id", "array_task", "submitted_at",
      "started_at", "ended_at", "exit_code", "epoch", "epochs", "loss", "grad_norm",
      "corr_penalty", "directory", "reason",
    ]
    #expect(keys.isSubset(of: Set(run.keys)))
    let unknown = try await work.orchestrate("status", "kays-1")
    #expect(unknown.status == 2)
    #expect(unknown.error.contains("did you mean keys-1?"))
  }
}
