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

  /// Another process has taken in the beginning, and was killed: its end is recorded by this one.
  @Test func whatAnotherProcessBeganToReadIsReadToItsEnd() throws {
    let bench = try Bench()
    let before = try bench.run
    try append(line(1, 1) + "\n", bench)
    #expect(try MetricsIntake(bench.registry).takeIn(before))
    try append(line(2, 0.5) + "\n", bench)
    #expect(try MetricsIntake(bench.registry).takeIn(before))
    #expect(try bench.registry.metric("loss", run: before.id).map(\.value) == [1, 0.5])
    #expect(try bench.run.lastStep == 2 && bench.run.damagedLines == 0)
  }

  private func end(_ bench: Bench) throws {
    var update = RunUpdate(try bench.run)
    (update.state, update.startedAt, update.endedAt) = (.failed, 1, now())
    try bench.registry.apply([update])
  }

  @Test func theLastLineOfAnEndedRunCountsWithoutItsNewline() throws {
    let bench = try Bench()
    try append(line(1, 1) + "\n" + line(2, 0.5), bench)
    #expect(try MetricsIntake(bench.registry).takeIn(try bench.run))
    #expect(try bench.run.lastStep == 1)
    try end(bench)
    #expect(try MetricsIntake(bench.registry).takeIn(try bench.run))
    #expect(try bench.run.lastStep == 2)
    #expect(try !MetricsIntake(bench.registry).takeIn(try bench.run))
    // It goes on all the same: the newline comes first, and nothing counts twice.
    try append("\n" + line(3, 0.25) + "\n", bench)
    #expect(try MetricsIntake(bench.registry).takeIn(try bench.run))
    let run = try bench.run
    #expect(try bench.registry.metric("loss", run: run.id).map(\.value) == [1, 0.5, 0.25])
    #expect(run.damagedLines == 0)
    #expect(run.metricsOffset == (bench.scratch.read("runs/e-1/metrics.jsonl") ?? "").utf8.count)
  }

  @Test func aTornLastLineIsDamagedWhenNothingMoreComes() throws {
    let bench = try Bench()
    try append(line(1, 1) + "\n" + line(2, 0.5).prefix(20), bench)
    try end(bench)
    // A file server may show the rest a moment later.
    #expect(try MetricsIntake(bench.registry).takeIn(try bench.run))
    #expect(try !MetricsIntake(bench.registry).takeIn(try bench.run))
    #expect(try bench.run.damagedLines == 0)
    let path = bench.scratch("runs/e-1/metrics.jsonl")
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSinceNow: -60)], ofItemAtPath: path)
    #expect(try MetricsIntake(bench.registry).takeIn(try bench.run))
    #expect(try bench.run.damagedLines == 1)
    try append("\n" + line(3, 0.25) + "\n", bench)
    #expect(try MetricsIntake(bench.registry).takeIn(try bench.run))
    let run = try bench.run
    #expect(try bench.registry.metric("loss", run: run.id).map(\.value) == [1, 0.25])
    #expect(run.damagedLines == 1)
  }

  /// The end is noticed, and the last line taken in, by one look.
  @Test func theLookThatNoticesTheEndTakesInTheLastLine() async throws {
    let bench = try Bench()
    try bench.claim()
    try bench.leave(3)
    try append(line(1, 1) + "\n" + line(2, 0.5), bench)
    // Long ago, so that nobody looks at it again.
    var job = bench.job(.failed, code: 3)
    (job.startTime, job.endTime) = (900, 1000)
    try await bench.look([job])
    #expect(try bench.run.state == .failed)
    #expect(try bench.run.lastStep == 2)
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

  @Test func aFileThatBecameShorterIsNamed() throws {
    let bench = try Bench()
    try append(line(1, 1) + "\n" + line(2, 2) + "\n", bench)
    try MetricsIntake(bench.registry).takeIn(try bench.run)
    try Data((line(3, 3) + "\n").utf8).write(
      to: URL(fileURLWithPath: bench.scratch("runs/e-1/metrics.jsonl")))
    let run = try bench.run
    #expect {
      try MetricsIntake(bench.registry).takeIn(run)
    } throws: {
      "\($0)".contains("runs/e-1/metrics.jsonl") && "\($0)".contains("shorter")
    }
    #expect(try bench.run.lastStep == 2)
  }

  /// More than one piece, a line that no piece can hold, and a trainer that went back some steps.
  @Test func aLongFileIsTakenInPieceByPiece() throws {
    let bench = try Bench()
    let names = (1...40).map { "metric_with_a_long_name_\($0)" }
    func long(_ step: Int, _ value: Double) -> String {
      MetricRecord(
        step: step, epoch: 1, time: 1,
        values: Dictionary(uniqueKeysWithValues: names.map { ($0, value) })
      ).line + "\n"
    }
    let first = (1...9000).map { long($0, 1) }.joined()
    #expect(first.utf8.count > 9 << 20)
    let endless = String(repeating: "x", count: 17 << 20) + "\n"
    try append(first + endless + (8900...9100).map { long($0, 2) }.joined(), bench)
    try MetricsIntake(bench.registry).takeIn(try bench.run)
    let run = try bench.run
    #expect(run.lastStep == 9100)
    #expect(run.damagedLines > 0)
    let values = try bench.registry.metric(names[7], run: run.id)
    #expect(values.map(\.step) == Array(1...9100))
    #expect(values.map(\.value) == (1...9100).map { $0 < 8900 ? 1 : 2 })
  }

  @Test func aFileThatCannotBeReadHidesNoOther() throws {
    let bench = try Bench()
    try makeDirectory(bench.scratch("runs/e-1/metrics.jsonl"))
    _ = try Bench.intend(bench.registry, bench.scratch, "f", "slurm", "f.bbbbbbbbbbbb")
    let other = try #require(try bench.registry.runs(.name("f-1")).first)
    try bench.scratch.write(line(4, 0.5) + "\n", to: "runs/f-1/metrics.jsonl")
    let round = try MetricsIntake(bench.registry).takeIn(try bench.registry.runs())
    #expect(round.isNews)
    #expect(round.refusals.map(\.path) == [bench.scratch("runs/e-1/metrics.jsonl")])
    #expect(try bench.registry.metric("loss", run: other.id).map(\.value) == [0.5])
  }
}
