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

  @Test func onACluster() async throws {
    try await check(Workspace(try await TestCluster.shared()), "slurm")
  }

  @Test func onThisMachine() async throws { try await check(Workspace(), "local") }
}
