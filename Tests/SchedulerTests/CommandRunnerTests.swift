import Foundation
import Scheduler
import TestSupport
import Testing

@Suite struct CommandRunnerTests {
  private let environment = ["PATH": "/usr/bin:/bin", "WORD": "given"]

  private func run(
    _ executable: String, _ arguments: [String], input: String? = nil, in directory: String? = nil,
    limit: Duration = .seconds(30), outputLimit: Int = 1 << 20
  ) async throws -> CommandResult {
    try await ProcessRunner().run(
      Command(
        executable, arguments, environment: environment, workingDirectory: directory, input: input,
        timeLimit: limit, outputLimit: outputLimit))
  }

  @Test func statusAndBothStreamsAreKept() async throws {
    let result = try await run("sh", ["-c", "echo out; echo err >&2; exit 3"])
    #expect(result == .init(.exited(3), standardOutput: "out\n", standardError: "err\n"))
    #expect(!result.isSuccess)
  }

  @Test func signalIsNoStatus() async throws {
    #expect(try await run("sh", ["-c", "kill -9 $$"]).ending == .signalled(9))
  }

  @Test func environmentIsExactlyTheGivenOne() async throws {
    let lines = try await run("env", []).standardOutput.split(separator: "\n")
    #expect(Set(lines) == ["PATH=/usr/bin:/bin", "WORD=given"])
  }

  @Test func noShellReadsTheArguments() async throws {
    let hostile = ["$(id)", "a b", "'", "\\", "", "-n", "ü\n"]
    let text = try await run("printf", ["%s|"] + hostile).standardOutput
    #expect(text == hostile.map { "\($0)|" }.joined())
  }

  @Test func inputAndFolder() async throws {
    let scratch = try Scratch()
    let result = try await run("sh", ["-c", "pwd; cat"], input: "in", in: scratch.path)
    #expect(result.standardOutput == "\(scratch.path)\nin")
  }

  @Test func timeLimitEndsTheWholeGroup() async throws {
    let scratch = try Scratch()
    let start = ContinuousClock.now
    let result = try await run(
      "sh", ["-c", "echo early; sleep 300 & echo $! > \(scratch("pid")); wait"],
      limit: .milliseconds(300))
    #expect(result.timedOut && !result.isSuccess)
    #expect(result.standardOutput == "early\n")
    #expect(ContinuousClock.now - start < .seconds(10))
    let text = try #require(scratch.read("pid"))
    let pid = try #require(Int32(text.trimmingCharacters(in: .newlines)))
    try await eventually { !isRunning(pid) }
  }

  @Test func whoIgnoresTermIsKilled() async throws {
    let result = try await run(
      "sh", ["-c", "trap '' TERM; while :; do sleep 0.1; done"], limit: .milliseconds(200))
    #expect(result.timedOut)
    #expect(result.ending == .signalled(9))
  }

  @Test func aChildThatKeepsThePipeOpenDoesNotHoldUsUp() async throws {
    let start = ContinuousClock.now
    let result = try await run("sh", ["-c", "echo done; setsid sleep 40 & exit 0"])
    #expect(result.isSuccess)
    #expect(result.standardOutput == "done\n")
    // Far below the child's 40 s, far above what a busy machine may take.
    #expect(ContinuousClock.now - start < .seconds(30))
  }

  @Test func missingProgramIsItsOwnCase() async throws {
    await #expect(throws: CommandFailure.notFound("no-such-program")) {
      try await run("no-such-program", [])
    }
    await #expect(throws: CommandFailure.self) { try await run("/nonexistent/sbatch", []) }
  }

  @Test func missingFolderStartsNothing() async throws {
    await #expect {
      try await run("true", [], in: "/nonexistent/folder")
    } throws: { error in
      if case CommandFailure.notStarted("true", _) = error { true } else { false }
    }
  }

  @Test func outputBeyondItsLimitIsALostReply() async throws {
    await #expect {
      try await run("sh", ["-c", "yes | head -c 100000"], outputLimit: 1000)
    } throws: { error in
      if case CommandFailure.lost("sh", _) = error { true } else { false }
    }
  }

  private func isRunning(_ pid: Int32) -> Bool {
    guard let status = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8) else {
      return false
    }
    return !status.contains("State:\tZ")
  }
}
