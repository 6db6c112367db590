import Foundation
import RunContract
import TestSupport
import Testing

/// Both programs together: real audio in, a comparison of real training out.
@Suite(.timeLimit(.minutes(5))) struct TrainingRuns {
  @Test func theSameSeedGivesTheSameNumbersAndAnotherSeedOthers() async throws {
    let work = try await Workspace()
    for (index, pitch) in [220.0, 277.2, 329.6].enumerated() {
      try writeTune(pitch: pitch, to: work.scratch("music/track\(index).wav"))
    }
    let made = try await run(
      product("train"),
      [
        "dataset", "make", "--audio", "music", "--out", "data", "--duration", "1", "--pairs", "6",
        "--val", "2", "--seed", "3",
      ], environment: work.environment, in: work.scratch.path)
    #expect(made.status == 0, "\(made)")
    try work.scratch.write(
      """
      experiment: real
      params: {data: data, penalty: quadratic, epochs: 2, batch_size: 2, segments: 40,
               width: 8, depth: 2}
      seeds: [1, 2]
      """, to: "Jobs/real.yaml")
    try await work.succeed("submit", "Jobs/real.yaml", "--executor", "local")
    try await work.succeed("submit", "Jobs/real.yaml", "--executor", "local", "--again")
    let runs = try await work.status("real")
    #expect(runs.count == 4)
    for run in runs.values {
      #expect(run["state"]?.string == "completed", "\(run.canonical)")
      #expect(run["epoch"]?.integer == 2)
      #expect((run["grad_norm"]?.number ?? 0) > 0)
    }
    let values = (1...4).map { measured(work, "real-\($0)") }
    #expect(values[0].count == 6)
    #expect(values[0] == values[2])
    #expect(values[1] == values[3])
    #expect(values[0] != values[1])
    let table = try await work.succeed("compare", "--experiment", "real").output
    #expect(table.split(separator: "\n").count == 5)
  }

  /// The values of each step, without those that measure the machine.
  private func measured(_ work: Workspace, _ run: String) -> [[String: Double]] {
    (work.scratch.read("runs/real/\(run)/metrics.jsonl") ?? "").split(separator: "\n")
      .compactMap { MetricRecord(line: Data($0.utf8))?.reproducibleValues }
  }
}

/// Many processes on one registry.
@Suite(.timeLimit(.minutes(3))) struct ManyHands {
  @Test func aProjectMadeByManyAtOnceIsWhole() async throws {
    let scratch = try Scratch()
    try await withThrowingTaskGroup(of: Output.self) { group in
      for _ in 0..<8 {
        group.addTask { try await run(product("orchestrate"), ["init", "p"], in: scratch.path) }
      }
      for try await output in group { #expect(output.status == 0, "\(output)") }
    }
    let status = try await run(
      product("orchestrate"), ["status", "--json"], in: scratch("p"))
    #expect(status.output == "[]\n")
  }

  @Test func aFileSubmittedByManyAtOnceRunsOnce() async throws {
    let work = try await Workspace(try await TestCluster.shared())
    try work.jobFile("crowd", "true", seeds: 3)
    try await withThrowingTaskGroup(of: Output.self) { group in
      for _ in 0..<8 { group.addTask { try await work.orchestrate("submit", "Jobs/crowd.yaml") } }
      for try await output in group { #expect(output.status == 0, "\(output)") }
    }
    try await work.waitForAll("crowd", "completed")
    let runs = try await work.status("crowd")
    #expect(runs.count == 3)
    for name in runs.keys { #expect(work.starts("crowd", name).count == 1) }
  }
}
