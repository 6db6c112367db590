import Foundation
import RunContract
import TestSupport
import Testing

/// Whatever lies in a project's own folders is the user's alone, whoever made it: orchestrate, Slurm or the
/// trainer; also where the user's umask would let others read.
@Suite(.timeLimit(.minutes(3))) struct ModeTests {
  /// What group or others may do anything with.
  private func open(_ work: Workspace) async throws -> String {
    try await run(
      "find", ["runs", "submissions", ".orchestrate", "-perm", "/077", "-printf", "%m %p\\n"],
      in: work.scratch.path
    ).output
  }

  private func check(_ work: Workspace, _ executor: String) async throws {
    try work.jobFile(
      "shut",
      """
      echo said; mkdir -p "$ORCHESTRATE_RUN_DIR/deep"; : >"$ORCHESTRATE_RUN_DIR/deep/file"
      until [[ -e '\(work.scratch("go"))' ]]; do sleep 0.1; done
      """, seeds: 2)
    let output = try await run(
      "bash",
      [
        "-c", "umask 022; exec \"$@\"", "sh", try product("orchestrate"), "submit",
        "Jobs/shut.yaml", "--executor", executor,
      ] + (executor == "local" ? ["--detach", "--jobs", "2"] : []),
      environment: work.environment, in: work.scratch.path)
    #expect(output.status == 0, "\(output)")
    for run in ["shut-1", "shut-2"] {
      try await eventually(within: .seconds(40)) { !work.starts("shut", run).isEmpty }
    }
    _ = try await work.status()
    #expect(try await open(work) == "")
    try work.scratch.write("", to: "go")
    try await work.waitForAll("shut", "completed")
    #expect(try await open(work) == "")
    let logs = try namesInFolder(work.scratch("submissions")).flatMap {
      try namesInFolder(work.scratch("submissions/\($0)"))
    }
    #expect(logs.contains("slurm-1.log"))
  }

  /// Somebody opened them since: nothing below can be reached by others once the folders are closed again.
  @Test func whatWasOpenedIsClosedAgain() async throws {
    let work = try await Workspace()
    try work.jobFile("opened", "true")
    try await work.succeed("submit", "Jobs/opened.yaml", "--executor", "local")
    for folder in ["runs", "submissions"] { #expect(chmod(work.scratch(folder), 0o777) == 0) }
    let look = try await work.succeed("status")
    for folder in ["runs", "submissions"] {
      #expect(
        look.error.contains("\(work.scratch(folder)) was open to other users (mode 777)"), "\(look)"
      )
    }
    #expect(try await open(work) == "")
    #expect(try await !work.succeed("status").error.contains("was open"))
  }

  /// A user's own variables and key are neither in what is written nor in anybody's list of processes.
  @Test func nothingSecretIsWrittenOrShown() async throws {
    let work = try await Workspace(try await TestCluster.shared())
    try work.jobFile("quiet", "until [[ -e '\(work.scratch("go"))' ]]; do sleep 0.1; done")
    var environment = work.environment
    let secret = "secret-\(UUID().uuidString)"
    environment["API_TOKEN"] = secret
    for (executor, options) in [("local", ["--detach"]), ("slurm", ["--again"])] {
      let output = try await run(
        product("orchestrate"), ["submit", "Jobs/quiet.yaml", "--executor", executor] + options,
        environment: environment, in: work.scratch.path)
      #expect(output.status == 0, "\(output)")
    }
    for run in ["quiet-1", "quiet-2"] {
      try await eventually(within: .seconds(40)) { !work.starts("quiet", run).isEmpty }
    }
    let folder = ".local/state/orchestrate"
    let keys = try namesInFolder(work.scratch(folder)).compactMap {
      work.scratch.read("\(folder)/\($0)")?.trimmingCharacters(in: .whitespacesAndNewlines)
    }
    #expect(!keys.isEmpty && keys.allSatisfy { $0.count > 16 })
    let processes = try await run("ps", ["axww", "-o", "args"]).output
    #expect(processes.contains("quiet"))
    for word in keys + [secret] {
      #expect(!processes.contains(word))
      let found = try await run(
        "grep", ["-rlaF", "--", word, "runs", "submissions", ".orchestrate"], in: work.scratch.path)
      #expect(found.output == "" && found.status == 1, "\(found)")
    }
    try work.scratch.write("", to: "go")
    try await work.waitForAll("quiet", "completed")
  }

  @Test func onACluster() async throws {
    try await check(Workspace(try await TestCluster.shared()), "slurm")
  }

  @Test func onThisMachine() async throws { try await check(Workspace(), "local") }
}
