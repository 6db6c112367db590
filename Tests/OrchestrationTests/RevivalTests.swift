import Foundation
import JobFiles
import Orchestration
import Registry
import RunContract
import Scheduler
import TestSupport
import Testing

/// An administrator can requeue what had ended.
@Suite struct Revivals {
  @Test func aJobThatIsAliveAgainIsNoLongerEnded() async throws {
    let bench = try Bench()
    try await bench.look([bench.job(.failed, code: 1)])
    #expect(try bench.run.state == .failed)
    let alive = bench.job(.requeued)
    bench.executor.say(
      Observation(
        jobs: [alive], isComplete: true, hasAccounting: false, strangers: [alive]))
    _ = try await Reconciler(registry: bench.registry, executors: [bench.executor]).reconcile()
    let run = try bench.run
    #expect(run.state == .requeued)
    #expect(run.endedAt == nil && run.exitCode == nil)
  }

  /// A look at a time at which the ends of these tests are not long past.
  private func look(
    _ bench: Bench, _ observation: Observation
  ) async throws -> Reconciler.Round {
    bench.executor.say(observation)
    return try await Reconciler(
      registry: bench.registry, executors: [bench.executor], clocks: Clocks(wall: { 2000 })
    ).reconcile()
  }

  /// A controller that was killed has forgotten that it had ended the job.
  @Test func whatWasCancelledAndIsAliveAgainIsEndedAtOnce() async throws {
    let bench = try Bench()
    try bench.registry.requestCancel(of: [bench.run])
    try await bench.look([bench.job(.cancelled)])
    #expect(try bench.run.state == .cancelled)
    let alive = bench.job(.pending)
    let round = try await look(
      bench, Observation(jobs: [], isComplete: true, hasAccounting: false, strangers: [alive]))
    #expect(bench.executor.cancelled.withLock { $0.map(\.jobID) } == [7])
    #expect(round.notes.first?.contains("asked to end now") == true, "\(round.notes)")
  }

  /// Of tasks that wait together Slurm shows one row, with the restart count of one that never started.
  @Test func whatCompletedStaysSoThoughItsJobWaitsOnceMore() async throws {
    let bench = try Bench()
    try bench.claim()
    try bench.leave(0)
    try await bench.look([bench.job(.completed, code: 0)])
    #expect(try bench.run.state == .completed)
    let waiting = bench.job(.pending)
    _ = try await look(
      bench, Observation(jobs: [], isComplete: true, hasAccounting: false, strangers: [waiting]))
    #expect(try bench.run.state == .completed)
  }

  /// A trainer that left with 0 because it was told to: its end was no good one. No command may fail at it.
  @Test(arguments: [JobPhase.cancelled, .timedOut])
  func whatWasEndedAndLeftWithZeroMayBeRequeued(_ phase: JobPhase) async throws {
    let bench = try Bench()
    try bench.claim()
    try bench.leave(0)
    try await bench.look([bench.job(phase)])
    #expect(try !bench.run.state.isActive && bench.run.state != .completed)
    var alive = bench.job(.requeued)
    alive.restarts = 1
    let first = Observation(jobs: [], isComplete: true, hasAccounting: false, strangers: [alive])
    #expect(try await look(bench, first).warnings.isEmpty)
    #expect(try bench.run.state == .requeued)
    // The start that comes has nothing to do.
    let second = Observation(jobs: [alive], isComplete: true, hasAccounting: false)
    #expect(try await look(bench, second).warnings.isEmpty)
    #expect(try bench.run.state == .completed)
  }

  /// Requeued after its end, it came to another one before anybody looked.
  @Test(arguments: [(60.0, RunState.completed), (-60, .failed)])
  func anEndAfterTheRecordedOneIsSeen(_ later: Double, _ state: RunState) async throws {
    let bench = try Bench()
    try bench.claim()
    try bench.leave(1)
    var first = bench.job(.failed, code: 1)
    (first.startTime, first.endTime) = (1000, 1010)
    try await bench.look([first])
    #expect(try bench.run.state == .failed && bench.run.endedAt == 1010)
    try bench.claim(restart: 1)
    try bench.leave(0, restart: 1)
    var second = bench.job(.completed, code: 0)
    (second.startTime, second.endTime, second.restarts) = (1010 + later, 1020 + later, 1)
    var observation = Observation(jobs: [], isComplete: true, hasAccounting: false)
    observation.endedAgain = [second]
    _ = try await look(bench, observation)
    #expect(try bench.run.state == state)
    if state == .completed { #expect(try bench.run.endedAt == 1080 && bench.run.exitCode == 0) }
  }

  /// The same, and Slurm has forgotten it by then.
  @Test(arguments: [(1015, RunState.completed), (1005, .failed)])
  func aGoodEndThatSlurmHasForgottenIsSeen(_ start: Int, _ state: RunState) async throws {
    let bench = try Bench()
    try bench.claim()
    try bench.leave(1)
    var first = bench.job(.failed, code: 1)
    (first.startTime, first.endTime) = (1000, 1010)
    try await bench.look([first])
    try bench.claim(restart: 1, time: start)
    try bench.leave(0, restart: 1)
    let metrics = MetricRecord(step: 9, epoch: 9, time: 2, values: ["loss": 0.5]).line
    try bench.scratch.write(metrics + "\n", to: "runs/e-1/metrics.jsonl")
    _ = try await look(bench, Observation(jobs: [], isComplete: true, hasAccounting: false))
    #expect(try bench.run.state == state)
    // What it said in its last start is known, too.
    if state == .completed { #expect(try bench.run.lastStep == 9) }
  }

  @Test func aJobThatIsRequeuedWhileItsContinuationWaitsGoesOnItself() async throws {
    let bench = try Bench()
    try bench.claim()
    var update = RunUpdate(try bench.run)
    (update.state, update.due, update.restarts) = (.requeued, .goOn, 1)
    try bench.registry.apply([update])
    let alive = bench.job(.running)
    bench.executor.say(
      Observation(jobs: [alive], isComplete: true, hasAccounting: false, strangers: [alive]))
    _ = try await Reconciler(registry: bench.registry, executors: [bench.executor]).reconcile()
    let run = try bench.run
    #expect(run.state == .running && run.due == nil && run.restarts == 0)
    // One whose token is taken back can train no more: the continuation stays due.
    (update, update.run) = (RunUpdate(run), run)
    (update.state, update.due) = (.requeued, .goOn)
    try bench.registry.apply([update])
    try bench.scratch.write("kind=revoked\n", to: "runs/e-1/claims/\(Bench.token).1")
    _ = try await Reconciler(registry: bench.registry, executors: [bench.executor]).reconcile()
    #expect(try bench.run.due == .goOn)
  }

  @Test func aStrangerOfNobodyChangesNothing() async throws {
    let bench = try Bench()
    try await bench.look([bench.job(.completed)])
    let stranger = JobObservation(token: "x.bbbbbbbbbbbb", jobID: 9, phase: .running)
    bench.executor.say(
      Observation(jobs: [], isComplete: true, hasAccounting: false, strangers: [stranger]))
    _ = try await Reconciler(registry: bench.registry, executors: [bench.executor]).reconcile()
    #expect(try bench.run.state == .completed)
  }
}
