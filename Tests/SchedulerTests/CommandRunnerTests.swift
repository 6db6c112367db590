import Foundation
import Scheduler
import TestSupport
import Testing

@Suite struct CommandRunnerTests {
  private let environment = ["PATH": "/usr/bin:/bin", "WORD": "given"]

  private func run(
    _ executable: String, _ arguments: [String], in directory: String? = nil,
    limit: Duration = .seconds(30), outputLimit: Int = 1 << 20
  ) async throws -> CommandResult {
    try await ProcessRunner().run(
      Command(
        executable, arguments, environment: environment, workingDirectory: directory,
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

  @Test func itStartsInItsFolderWithNothingToRead() async throws {
    let scratch = try Scratch()
    let result = try await run("sh", ["-c", "pwd; cat"], in: scratch.path)
    #expect(result.standardOutput == "\(scratch.path)\n")
  }

  /// A lock or a pipe of ours that a child held would outlive us.
  @Test func noDescriptorOfOursReachesTheChild() async throws {
    let scratch = try Scratch()
    let open = Foundation.open(scratch("held"), O_RDWR | O_CREAT, 0o600)
    defer { close(open) }
    #expect(open > 2)
    let result = try await run("ls", ["/proc/self/fd"])
    // The fourth is that of ls itself.
    #expect(result.standardOutput == "0\n1\n2\n3\n")
  }

  @Test func signalsThatWeIgnoreReachTheChild() async throws {
    signal(SIGPIPE, SIG_IGN)
    // What writes to nobody is ended by the signal instead of complaining.
    let result = try await run("bash", ["-c", "yes | true; echo ${PIPESTATUS[0]}"])
    #expect(result == .init(.exited(0), standardOutput: "\(128 + SIGPIPE)\n"))
    let blocked = try await run("grep", ["^SigBlk", "/proc/self/status"])
    #expect(blocked.standardOutput == "SigBlk:\t0000000000000000\n")
  }

  @Test func itLeadsASessionOfItsOwn() async throws {
    let result = try await run("sh", ["-c", "echo $$; cut -d' ' -f6 /proc/$$/stat"])
    let numbers = Set(result.standardOutput.split(separator: "\n"))
    #expect(numbers.count == 1 && !numbers.contains("\(getsid(0))"))
  }

  @Test func muchOnBothStreamsIsTakenWhole() async throws {
    let result = try await run(
      "sh", ["-c", "seq 100000 >&2 & seq 100000; wait"], outputLimit: 1 << 20)
    let whole = (1...100_000).map { "\($0)\n" }.joined()
    #expect(result.standardOutput == whole && result.standardError == whole)
  }

  @Test func manyAtOnce() async throws {
    try await withThrowingTaskGroup(of: String.self) { group in
      for index in 0..<40 {
        group.addTask { try await run("sh", ["-c", "sleep 0.1; echo \(index)"]).standardOutput }
      }
      let words = try await group.reduce(into: Set<String>()) { $0.insert($1) }
      #expect(words == Set((0..<40).map { "\($0)\n" }))
    }
  }

  @Test func whoeverIsNotWaitedForIsEnded() async throws {
    let scratch = try Scratch()
    let script = "echo $$ > \(scratch("pid")); exec sleep 300"
    let waiting = Task { try await run("sh", ["-c", script], limit: .seconds(200)) }
    let text = try await eventually { scratch.read("pid").flatMap { $0.isEmpty ? nil : $0 } }
    waiting.cancel()
    await #expect(throws: CommandFailure.self) { try await waiting.value }
    let pid = try #require(Int32(text.trimmingCharacters(in: .newlines)))
    #expect(!isRunning(pid))
  }

  @Test func timeLimitEndsTheWholeGroup() async throws {
    let scratch = try Scratch()
    let start = ContinuousClock.now
    let result = try await run(
      "sh", ["-c", "echo early; sleep 300 & echo $! > \(scratch("pid")); wait"],
      limit: .milliseconds(300))
    #expect(result.timedOut && !result.isSuccess)
    #expect(result.standardOutput == "early\n")
    // Far below the child's 300 s, far above what a busy machine may take.
    #expect(ContinuousClock.now - start < .seconds(60))
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
    await #expect(throws: CommandFailure.notFound("/nonexistent/sbatch")) {
      try await run("/nonexistent/sbatch", [])
    }
    await #expect {
      try await run("/etc/passwd", [])
    } throws: { error in
      if case CommandFailure.notStarted("/etc/passwd", _) = error { true } else { false }
    }
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
