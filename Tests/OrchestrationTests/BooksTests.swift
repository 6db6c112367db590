import Foundation
import Orchestration
import Registry
import RunContract
import Scheduler
import TestSupport
import Testing

/// What only the books show: ends that nobody saw, and those of an earlier start.
@Suite struct Books {
  /// A look at which the queue shows nothing and the books show this.
  private func look(
    _ bench: Bench, _ job: JobObservation?, at seconds: Double = 0, wall: Double? = nil
  ) async throws {
    var shown = job
    shown?.isFromBooks = true
    bench.executor.say(
      Observation(
        jobs: shown.map { [$0] } ?? [], isComplete: true, hasAccounting: true,
        knownTokens: shown == nil ? [] : [Bench.token]))
    let start = try bench.run.createdAt
    let clocks = Clocks(
      wall: { wall ?? start + seconds }, boot: { BootMoment(bootID: "b", seconds: seconds) })
    _ = try await Reconciler(
      registry: bench.registry, executors: [bench.executor], clocks: clocks
    ).reconcile()
  }

  private func job(
    _ bench: Bench, _ phase: JobPhase, code: Int? = 0, _ start: Double? = nil, _ end: Double? = nil,
    reason: String? = nil
  ) -> JobObservation {
    var job = bench.job(phase, code: code)
    (job.startTime, job.endTime, job.reason) = (start, end, reason)
    if start != nil { job.nodes = "n1" }
    return job
  }

  // MARK: A controller that was started without its state

  /// An administrator had the job closed, whose trainer goes on.
  @Test func aTrainerThatLivesHasNotFailedWhateverTheBooksSay() async throws {
    let bench = try Bench()
    try bench.claim(time: 1000)
    try bench.scratch.write("", to: "runs/e-1/heartbeat")
    let closed = job(bench, .failed, code: 1, 1000, 1000)
    try await look(bench, closed)
    #expect(try bench.run.state == .running && bench.run.endedAt == nil)
    unlink(bench.scratch("runs/e-1/heartbeat"))
    try await look(bench, closed, at: 5)
    #expect(try bench.run.state == .failed)
  }

  @Test func whatNobodyCancelledIsSubmittedAnew() async throws {
    let bench = try Bench()
    for seconds in [0.0, 299] {
      try await look(bench, job(bench, .cancelled), at: seconds)
      #expect(try bench.run.state == .pending && bench.run.due == nil)
    }
    try await look(bench, job(bench, .cancelled), at: 301)
    #expect(try bench.run.due == .resubmit)
  }

  @Test(arguments: ["CANCELLED by 1000", "CANCELLED by 0", "Dependency", "DEADLINE"])
  func whatSomebodyCancelledIsCancelled(_ reason: String) async throws {
    let bench = try Bench()
    try await look(bench, job(bench, .cancelled, reason: reason))
    #expect(try bench.run.state == .cancelled)
  }

  @Test func whatAUserWishedToBeCancelledIs() async throws {
    let bench = try Bench()
    try bench.registry.requestCancel(of: [bench.run])
    try await look(bench, job(bench, .cancelled))
    #expect(try bench.run.state == .cancelled)
  }

  @Test func theJobsLogSaysWhoWasCancelled() async throws {
    let bench = try Bench()
    try bench.claim()
    try bench.writeJobLog("slurmstepd: error: *** JOB 7 ON n1 CANCELLED AT 2026-11-29T15:00 ***\n")
    try await look(bench, job(bench, .cancelled))
    #expect(try bench.run.state == .cancelled)
  }

  @Test func aTrainerThatLivesRunsAndItsGoodEndIsOne() async throws {
    let bench = try Bench()
    try bench.claim()
    try bench.scratch.write("", to: "runs/e-1/heartbeat")
    try await look(bench, job(bench, .cancelled))
    #expect(try bench.run.state == .running)
    try bench.leave(0, ranks: 1)
    try await look(bench, job(bench, .cancelled))
    #expect(try bench.run.state == .completed)
  }

  // MARK: Jobs whose end an administrator had written down

  @Test(arguments: [(nil, 1000.0), (1000.0, 1000.0), (nil, nil)])
  func whatCompletedInNoTimeNeverStarted(_ start: Double?, _ end: Double?) async throws {
    let bench = try Bench()
    try await look(bench, job(bench, .completed, start, end))
    #expect(try bench.run.state == .pending)
    try await look(bench, job(bench, .completed, start, end), at: 301)
    #expect(try bench.run.due == .resubmit)
  }

  @Test(arguments: [
    (1000.0, 1000, nil, RunState.pending), (1002, 1000, nil, .completed),
    (1000, 1000, 0, .completed), (1000, 1000, 3, .failed),
    // The node's clock is behind the controller's, and before it.
    (1000, 990, nil, .pending), (1060, 1100, 0, .completed),
  ])
  func whatCompletedAndLeftNoRecordTookSomeTime(
    _ end: Double, _ claim: Int, _ record: Int?, _ state: RunState
  ) async throws {
    let bench = try Bench()
    try bench.claim(time: claim)
    if let record { try bench.leave(record) }
    try await look(bench, job(bench, .completed, 1000, end))
    #expect(try bench.run.state == state)
  }

  /// A run whose directory is gone: all that is left is the word of the books.
  @Test func whatTookSomeTimeAndHasNoDirectoryCompleted() async throws {
    let bench = try Bench()
    try await look(bench, job(bench, .completed, 1000, 1600))
    #expect(try bench.run.state == .completed)
  }

  // MARK: The end of the start before

  @Test(arguments: [JobPhase.nodeFailed, .preempted, .failed, .timedOut])
  func theEndOfAnEarlierStartIsNotThatOfALaterOne(_ phase: JobPhase) async throws {
    let bench = try Bench()
    try bench.claim(restart: 1, time: 1010)
    try bench.leave(1, restart: 1)
    try await look(bench, job(bench, phase, code: 9, 990, 1000))
    let run = try bench.run
    #expect(run.state == .failed && run.exitCode == 1, "\(run.state) \(run.reason ?? "")")
  }

  @Test func theEndOfThisStartIs() async throws {
    let bench = try Bench()
    try bench.claim(restart: 1, time: 1010)
    try await look(bench, job(bench, .nodeFailed, 1009, 1100))
    #expect(try bench.run.state == .nodeFailed)
  }
}
