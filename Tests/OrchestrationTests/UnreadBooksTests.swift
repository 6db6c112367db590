import Foundation
import Orchestration
import Registry
import RunContract
import Scheduler
import TestSupport
import Testing

/// Jobs that left the queue while accounting is there and gives no answer.
@Suite struct UnreadBooks {
  private func look(_ bench: Bench, _ accounting: Accounting, _ jobs: [JobObservation] = [])
    async throws
  {
    var answer = Observation(jobs: jobs, isComplete: true, hasAccounting: true)
    answer.accounting = accounting
    bench.executor.say(answer)
    _ = try await Reconciler(registry: bench.registry, executors: [bench.executor]).reconcile()
  }

  /// Somebody's plain scancel: the trainer wrote its checkpoint, and the job was purged from the queue.
  @Test func aRecordOf75IsNoReasonToGoOnUntilTheBooksAnswer() async throws {
    let bench = try Bench()
    try bench.claim()
    try bench.leave(75)
    for _ in 0..<2 { try await look(bench, .failed) }
    let waiting = try bench.run
    #expect(waiting.state == .pending && waiting.due == nil && waiting.exitCode == nil)
    #expect(waiting.missingSince != nil)
    try await look(bench, .answers, [bench.job(.cancelled)])
    #expect(try bench.run.state == .cancelled)
  }

  @Test func withoutAnyBooksARecordOf75GoesOn() async throws {
    let bench = try Bench()
    try bench.claim()
    try bench.leave(75)
    try await look(bench, .none)
    #expect(try bench.run.exitCode == 75 && bench.run.missingSince == nil)
  }

  @Test(arguments: [
    (0, RunState.completed), (64, .failed), (65, .failed), (86, .diverged), (1, .pending),
    (143, .pending),
  ])
  func whatTheScriptRecordedForGoodIsTaken(_ code: Int, _ state: RunState) async throws {
    let bench = try Bench()
    try bench.claim()
    try bench.leave(code)
    try await look(bench, .failed)
    #expect(try bench.run.state == state)
  }

  @Test func booksThatAreNeverReadAreNotWaitedForForever() async throws {
    let bench = try Bench()
    try bench.claim()
    try bench.leave(1)
    var update = RunUpdate(try bench.run)
    (update.missingSince, update.missingClock) = (now() - 4000, nil)
    try bench.registry.apply([update])
    try await look(bench, .failed)
    #expect(try bench.run.state == .failed)
  }

  @Test func silenceIsNotJudgedAndBeginsAnewWhenTheBooksAnswer() async throws {
    let bench = try Bench()
    try await look(bench, .answers)
    var update = RunUpdate(try bench.run)
    (update.missingSince, update.missingClock) = (now() - 4000, nil)
    try bench.registry.apply([update])
    for accounting in [Accounting.failed, .failed, .answers, .answers] {
      try await look(bench, accounting)
      #expect(try bench.run.state == .pending)
    }
    #expect(try now() - (bench.run.missingSince ?? 0) < 100)
  }

  @Test func aStartThatWasCancelledAndLeftNoWordWaitsForTheBooks() async throws {
    let bench = try Bench()
    try bench.claim()
    try bench.registry.requestCancel(of: [try bench.run])
    try await look(bench, .failed)
    #expect(try bench.run.state == .pending)
    try await look(bench, .none)
    #expect(try bench.run.state == .cancelled)
  }

  /// It claims its run just before, or just after, the queue was asked.
  @Test func aCancelledJobThatStartsAtThatMomentIsNotCalledCancelled() async throws {
    let bench = try Bench()
    try bench.claim(time: Int(now()))
    try bench.registry.requestCancel(of: [try bench.run])
    try await look(bench, .none)
    #expect(try bench.run.state == .running && bench.run.endedAt == nil)
    #expect(
      Claim.standing(runDirectory: bench.scratch("runs/e-1"), token: Bench.token)?.kind == .claim)
  }
}
