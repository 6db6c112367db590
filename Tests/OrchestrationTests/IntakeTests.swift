import Foundation
import Orchestration
import Registry
import RunContract
import TestSupport
import Testing

@Suite struct Intake {
  private func append(_ text: String, _ bench: Bench) throws {
    let path = bench.scratch("runs/e-1/metrics.jsonl")
    try makeDirectory(bench.scratch("runs/e-1"))
    let before = (try? readFile(path)) ?? Data()
    try (before + Data(text.utf8)).write(to: URL(fileURLWithPath: path))
  }

  private func line(_ step: Int, _ loss: Double) -> String {
    MetricRecord(step: step, epoch: step, time: 1, values: ["loss": loss]).line
  }

  @Test func aHalfWrittenLineWaitsAndADamagedOneIsCounted() throws {
    let bench = try Bench()
    let whole = line(2, 0.5)
    try append(line(1, 1) + "\nrubbish\n" + whole.prefix(20), bench)
    #expect(try MetricsIntake(bench.registry).takeIn(try bench.run))
    #expect(try bench.run.damagedLines == 1)
    #expect(try bench.run.lastStep == 1)
    try append(String(whole.dropFirst(20)) + "\n", bench)
    #expect(try MetricsIntake(bench.registry).takeIn(try bench.run))
    #expect(try bench.registry.metric("loss", run: try bench.run.id).map(\.value) == [1, 0.5])
    #expect(try !MetricsIntake(bench.registry).takeIn(try bench.run))
  }

  @Test func readersAtOnceTakeEachLineOnce() async throws {
    let bench = try Bench()
    try append((1...500).map { line($0, Double($0)) + "\n" }.joined(), bench)
    let run = try bench.run
    let path = bench.registry.path
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<6 {
        group.addTask {
          let registry = try Registry(path: path)
          try MetricsIntake(registry).takeIn(run)
        }
      }
      try await group.waitForAll()
    }
    #expect(try bench.registry.metric("loss", run: run.id).count == 500)
  }
}
