import Foundation
import RunContract
import TestSupport
import Testing

/// Thirty-two processes of the built program on one registry at once.
@Suite(.timeLimit(.minutes(5))) struct ThirtyTwoHands {
  private static let hands = 32
  /// The journal that the file system of the tests gets, and the one that a network file system gets.
  private static let journals: [String?] = [nil, "truncate"]

  private func environment(_ work: Workspace, _ journal: String?) -> [String: String] {
    var environment = work.environment
    environment["ORCHESTRATE_TEST_JOURNAL"] = journal
    return environment
  }

  private func orchestrate(
    _ arguments: [String], _ work: Workspace, _ journal: String?
  ) async throws -> Output {
    try await run(
      product("orchestrate"), arguments, environment: environment(work, journal),
      in: work.scratch.path, limit: .seconds(120))
  }

  @Test(arguments: journals)
  func submitReconcileAndReadAtOnce(journal: String?) async throws {
    let work = try await Workspace()
    let job = try work.jobFile("crowd", "exit 0", seeds: 3)
    let submitters = 12
    let commands = (0..<Self.hands).map { hand -> [String] in
      if hand % 8 < 3 { return ["submit", job, "--executor", "local", "--detach", "--again"] }
      return [["status", "--json"], ["reconcile"], ["config", "list"], ["status", "--all"]][
        hand % 4]
    }
    #expect(commands.filter { $0[0] == "submit" }.count == submitters)
    try await withThrowingTaskGroup(of: ([String], Output).self) { group in
      for command in commands {
        group.addTask { (command, try await orchestrate(command, work, journal)) }
      }
      for try await (command, output) in group {
        #expect(output.status == 0, "\(command): \(output)")
        #expect(!output.error.contains("lock") && !output.error.contains("busy"), "\(output)")
      }
    }
    // A rollback journal stays beside the file, emptied; a log does not outlive its last user.
    let left = work.scratch.read(".orchestrate/registry.sqlite-journal")
    #expect(journal == nil || left == "", "the journal was not that of a network file system")
    let names = try await work.status("crowd").keys
    #expect(Set(names) == Set((1...submitters * 3).map { "crowd-\($0)" }))
    try await eventually(within: .seconds(120), every: .milliseconds(500)) {
      _ = try await orchestrate(["reconcile"], work, journal)
      return try await work.status("crowd").values.allSatisfy {
        $0["state"]?.string == "completed"
      }
    }
    for name in names { #expect(work.starts("crowd", name).count == 1, "\(name)") }
  }

  /// Each line has its own loss, so the mean shows whether each was taken in, and none twice.
  @Test(arguments: journals)
  func readersOfAGrowingFileTakeEachLineOnce(journal: String?) async throws {
    let work = try await Workspace()
    try work.jobFile("grow", #"until [[ -e $ORCHESTRATE_RUN_DIR/go ]]; do sleep 0.1; done"#)
    try await work.succeed("submit", "Jobs/grow.yaml", "--executor", "local", "--detach")
    try await work.wait(for: "grow-1", "running")
    let lines = 6000
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await write(lines, to: work.scratch("runs/grow/grow-1/metrics.jsonl")) }
      for _ in 0..<Self.hands {
        group.addTask {
          let output = try await orchestrate(["reconcile"], work, journal)
          #expect(output.status == 0, "\(output)")
        }
      }
      try await group.waitForAll()
    }
    let run = try #require(try await work.status("grow-1")["grow-1"])
    #expect(run["step"]?.integer == lines)
    #expect(run["damaged_lines"]?.integer == 0)
    let compared = try JSONValue(
      parsing: try await work.succeed("compare", "grow-1", "--json").output)
    #expect(compared.array?.first?["first_loss"]?.number == Double(lines + 1) / 2)
    try work.scratch.write("", to: "runs/grow/grow-1/go")
    try await work.wait(for: "grow-1", "completed")
  }

  /// Writes lines in pieces that end anywhere.
  private func write(_ lines: Int, to path: String) async throws {
    let text = Data(
      (1...lines).map { step in
        MetricRecord(step: step, epoch: 1, time: 1, values: ["loss": Double(step)]).line + "\n"
      }.joined().utf8)
    let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    defer { close(descriptor) }
    var rest = text[...]
    while !rest.isEmpty {
      try writeAll(rest.prefix(1009), to: descriptor, path: path)
      rest = rest.dropFirst(1009)
      try await Task.sleep(for: .milliseconds(5))
    }
  }
}
