import Foundation
import RunContract
import TestSupport
import Testing

/// `prune` as users meet it, and what the other commands say of what it removed.
@Suite(.timeLimit(.minutes(3))) struct PruneCommandTests {
  /// A project with a failed run that left 3 kB of checkpoints, 2 kB of them a best one.
  private func workspace() async throws -> Workspace {
    let work = try await Workspace()
    try work.jobFile(
      "ended",
      """
      \(measuringTrainer)
      cd "$ORCHESTRATE_RUN_DIR/checkpoints"
      head -c 1024 /dev/zero >step-1.safetensors
      head -c 2048 /dev/zero >best.safetensors
      [[ $(wc -l <"$ORCHESTRATE_RUN_DIR/started.log") -gt 1 || -e '\(work.scratch("mended"))' ]]
      """)
    _ = try await work.orchestrate("submit", "Jobs/ended.yaml", "--executor", "local")
    #expect(try await work.status("ended-1")["ended-1"]?["state"]?.string == "failed")
    return work
  }

  @Test func aQuotaThatIsNotMetIsSaid() async throws {
    let work = try await workspace()
    let arguments = ["prune", "--quota", "1K", "--dry-run"]
    let dry = try await run(
      product("orchestrate"), arguments, environment: work.environment, in: work.scratch.path)
    #expect(dry.status == 0)
    for words in [
      "would remove 1 item, 1 KB", "2 KB would be left, more than the quota of 1 KB",
      "2 KB are kept by --keep best", "--keep final would let the quota be met",
    ] { #expect(dry.error.contains(words), "\(words) in \(dry)") }
    let json = try JSONValue(
      parsing: try await run(
        product("orchestrate"), arguments + ["--json"], environment: work.environment,
        in: work.scratch.path
      ).output)
    #expect(json["bytes"]?.integer == 1024 && json["items"]?.array?.count == 1)
    #expect(json["removed"]?.integer == 0)
    #expect(
      json["quota"] == [
        "limit": 1024, "taken": 3072, "left": 2048, "is_met": false, "kept_by_keep": 2048,
        "met_by_keep": "final",
      ])
    let done = try await work.succeed("prune", "--quota", "1K", "-y")
    #expect(done.error.contains("2 KB are left"), "\(done)")
    #expect(work.scratch.read("runs/ended/ended-1/checkpoints/step-1.safetensors") == nil)
    let rest = try await work.succeed("prune", "--quota", "1K", "--keep", "none", "-y")
    #expect(rest.error.contains("removed 1 of 1 item") && !rest.error.contains("left"), "\(rest)")
  }

  @Test func onlyRunsInTheNamedStatesLoseTheirFiles() async throws {
    let work = try await workspace()
    let rule = ["prune", "--older-than", "0s", "--keep", "none", "--json", "-y"]
    let active = try await work.orchestrate(rule + ["--state", "running"])
    #expect(
      active.status == 64 && active.error.contains("active runs keep everything"), "\(active)")
    let other = try await work.orchestrate(rule + ["--state", "completed", "--state", "lost"])
    #expect(try JSONValue(parsing: other.output)["removed"]?.integer == 0, "\(other)")
    let failed = try await work.orchestrate(rule + ["--state", "lost", "--state", "failed"])
    #expect(try JSONValue(parsing: failed.output)["removed"]?.integer == 2, "\(failed)")
    #expect(try namesInFolder(work.scratch("runs/ended/ended-1/checkpoints")).isEmpty)
  }

  @Test func whatIsGoneIsSaidAndTheRunCanBeTriedAgain() async throws {
    let work = try await workspace()
    let asked = try await work.orchestrate("prune", "--directories", "--older-than", "0s")
    #expect(asked.status == 64 && asked.error.contains("cannot ask"), "\(asked)")
    try await work.succeed("prune", "--directories", "--older-than", "0s", "-y")
    #expect(
      try namesInFolder(work.scratch("runs/ended/ended-1")).sorted()
        == ["claims", "exit.json", "owner"])
    let logs = try await work.orchestrate("logs", "ended-1")
    #expect(logs.error.contains("was removed by `orchestrate prune`"), "\(logs)")
    let reproduced = try await work.succeed("reproduce", "ended-1")
    #expect(reproduced.error.contains("were removed by `orchestrate prune`"), "\(reproduced)")
    let compared = try await work.succeed("compare", "ended-1", "--json")
    #expect(compared.output.contains("0.7"), "the metrics stay: \(compared)")
    _ = try await work.orchestrate(
      "submit", "Jobs/ended.yaml", "--executor", "local", "--set", "epochs=3")
    let difference = try await work.succeed("compare", "--diff", "ended-1", "ended-2")
    #expect(difference.error.contains("ended-1's output"), "\(difference)")
    try work.scratch.write("", to: "mended")
    let retry = try await work.succeed("retry", "ended-1")
    #expect(retry.error.contains("ended-1 begins from the start"), "\(retry)")
    let end = try await work.wait(for: "ended-1", "completed")
    #expect(end["epoch"]?.integer == 2)
    let warned = try await work.succeed("compare", "ended-1")
    #expect(!warned.error.contains("shorter") && !warned.error.contains("prune"), "\(warned)")
    #expect(try await work.succeed("logs", "ended-1").error == "")
  }

  @Test func aScriptThatIsGoneIsSaid() async throws {
    let work = try await workspace()
    // The registry believes that it ended two days ago.
    try await TestSupport.run(
      "sqlite3",
      [
        work.scratch(".orchestrate/registry.sqlite"),
        "UPDATE run SET started_at = started_at - 172800, ended_at = ended_at - 172800",
      ])
    try await work.succeed("prune", "--directories", "--older-than", "1d", "-y")
    #expect(try namesInFolder(work.scratch("submissions")).isEmpty)
    let script = try await work.orchestrate("reproduce", "ended-1", "--script")
    #expect(script.status == 1 && script.error.contains("script was removed by"), "\(script)")
    let again = try await work.succeed("reproduce", "ended-1", "--submit", "--dry-run")
    #expect(again.output.hasPrefix("#!/bin/bash\n"))
    try work.scratch.write("", to: "mended")
    try await work.succeed("retry", "ended-1")
    try await work.wait(for: "ended-1", "completed")
  }
}
