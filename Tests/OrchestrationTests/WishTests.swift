import Foundation
import Orchestration
import Registry
import RunContract
import Scheduler
import TestSupport
import Testing

/// Wishes to cancel that nobody could carry out when they were made.
@Suite struct Wishes {
  private func look(_ bench: Bench, _ jobs: [JobObservation]) async throws -> Reconciler.Round {
    bench.executor.say(Observation(jobs: jobs, isComplete: true, hasAccounting: false))
    return try await Reconciler(registry: bench.registry, executors: [bench.executor]).reconcile()
  }

  private func cancel(
    _ bench: Bench, silent: Set<ExecutorName> = []
  ) async throws -> Canceller.Report {
    try await Canceller(registry: bench.registry, executors: [bench.executor])
      .cancel([try bench.run], silent: silent)
  }

  private func asked(_ bench: Bench) -> Int { bench.executor.cancelled.withLock { $0.count } }

  @Test func whoIsSilentIsNotAskedAndTheNextLookThatIsAnsweredDoesIt() async throws {
    let bench = try Bench()
    let report = try await cancel(bench, silent: [.slurm])
    #expect(report.isUnreachable && report.obstacles == [1: .unreachable] && asked(bench) == 0)
    #expect(report.runs.map(\.state) == [.pending] && report.failures.isEmpty)
    #expect(report.runs.first?.cancelRequestedAt != nil)
    // Also while the queue is not known nobody is asked.
    bench.executor.say(Observation(jobs: [], isComplete: false, hasAccounting: false))
    _ = try await Reconciler(registry: bench.registry, executors: [bench.executor]).reconcile()
    #expect(asked(bench) == 0)
    let round = try await look(bench, [bench.job(.running)])
    #expect(asked(bench) == 1)
    #expect(round.notes == ["e-1: asked to end now, as was wished before"])
    // It takes its time, and is not asked again within seconds.
    for _ in 0..<3 {
      #expect(try await look(bench, [bench.job(.running)]).notes.isEmpty)
    }
    #expect(asked(bench) == 1)
  }

  @Test func whoCannotBeReachedAfterAllIsNotWaitedFor() async throws {
    let bench = try Bench()
    bench.executor.say(Observation(jobs: [], isComplete: false, hasAccounting: false))
    bench.executor.isAway.withLock { $0 = true }
    let report = try await cancel(bench)
    #expect(report.isUnreachable && report.obstacles == [1: .unreachable])
    #expect(report.failures == ["away"])
    bench.executor.isAway.withLock { $0 = false }
    _ = try await look(bench, [bench.job(.pending)])
    #expect(asked(bench) == 1)
  }

  @Test func whatIsBeingEndedIsNotAskedAgain() async throws {
    let bench = try Bench()
    _ = try await cancel(bench, silent: [.slurm])
    var job = bench.job(.running)
    job.reason = "COMPLETING"
    #expect(try await look(bench, [job]).notes.isEmpty && asked(bench) == 0)
  }

  @Test func whatStillLivesLongAfterItWasAskedIsAskedOnceMore() async throws {
    let bench = try Bench()
    bench.executor.say(
      Observation(jobs: [bench.job(.cancelled)], isComplete: true, hasAccounting: false))
    #expect(try await cancel(bench).obstacles.isEmpty && asked(bench) == 1)
    // Slurm's own requeue was faster than its end: who was cancelled does not come back.
    var again = RunUpdate(try bench.run)
    again.state = .requeued
    try bench.registry.apply([again])
    _ = try await look(bench, [bench.job(.requeued)])
    #expect(asked(bench) == 1)
    let later = Clocks(wall: { now() + 61 })
    _ = try await Reconciler(
      registry: bench.registry, executors: [bench.executor], clocks: later
    ).reconcile()
    #expect(asked(bench) == 2)
  }
}

/// Runs of one cluster while another is asked.
@Suite struct OtherClusters {
  /// A run that was seen waiting on the cluster `a`.
  private func bench(site: String? = nil) async throws -> Bench {
    let bench = try Bench()
    bench.executor.siteName.withLock { $0 = site }
    bench.executor.named.withLock { $0 = "a" }
    try await bench.look([bench.job(.pending)])
    #expect(try bench.run.cluster == "a")
    return bench
  }

  private func look(_ bench: Bench) async throws -> Reconciler.Round {
    bench.executor.say(Observation(jobs: [], isComplete: true, hasAccounting: false))
    return try await Reconciler(registry: bench.registry, executors: [bench.executor]).reconcile()
  }

  @Test func whatTheOtherClusterDoesNotShowIsNotMissed() async throws {
    let bench = try await bench()
    bench.executor.named.withLock { $0 = "b" }
    try bench.claim()
    try bench.leave(75)
    let round = try await look(bench)
    let run = try bench.run
    #expect(run.state == .pending && run.missingSince == nil && run.exitCode == nil)
    #expect(
      round.warnings == [
        "e-1 on the cluster a: nothing is known of them, for Slurm here is that of b "
          + "(SLURM_CONF chooses)"
      ])
    bench.executor.named.withLock { $0 = "a" }
    #expect(try await look(bench).warnings.isEmpty)
    #expect(try bench.run.exitCode == 75)
  }

  @Test func nobodyIsAskedToEndIt() async throws {
    let bench = try await bench()
    bench.executor.named.withLock { $0 = "b" }
    bench.executor.say(Observation(jobs: [], isComplete: true, hasAccounting: false))
    let report = try await Canceller(registry: bench.registry, executors: [bench.executor])
      .cancel([try bench.run])
    #expect(report.obstacles == [1: .elsewhere(cluster: "a")] && !report.isUnreachable)
    #expect(bench.executor.cancelled.withLock { $0.isEmpty })
    #expect(try bench.run.state == .pending)
  }

  /// Where no file names the cluster its controller does, and is not asked for that at each look.
  @Test func aSiteIsAskedForItsNameOnce() async throws {
    let bench = try await bench(site: "b")
    bench.executor.named.withLock { $0 = nil }
    for _ in 0..<4 { #expect(try await look(bench).warnings.count == 1) }
    #expect(bench.executor.sitesAsked.withLock { $0 } == 1)
    #expect(try bench.run.state == .pending && bench.run.missingSince == nil)
  }

  /// A command of Slurm's that hangs would hold up each look.
  @Test func aSiteThatDoesNotAnswerIsAskedOnceByWhoDoesNotNeedIt() async throws {
    let bench = try Bench()
    bench.executor.isSilent.withLock { $0 = true }
    for _ in 0..<3 { try await bench.look([bench.job(.pending)]) }
    #expect(bench.executor.sitesAsked.withLock { $0 } == 1)
    bench.executor.isSilent.withLock { $0 = false }
    bench.executor.siteName.withLock { $0 = "b" }
    // Now it is missed, and what the site says of itself counts.
    var update = RunUpdate(try bench.run)
    update.missingSince = 1
    try bench.registry.apply([update])
    _ = try await look(bench)
    #expect(bench.executor.sitesAsked.withLock { $0 } == 2)
  }

  @Test func aRunWhoseClusterNobodyKnowsIsLookedForAsEver() async throws {
    let bench = try Bench()
    bench.executor.named.withLock { $0 = "b" }
    #expect(try await look(bench).warnings.isEmpty)
    #expect(try bench.run.missingSince != nil && bench.run.cluster == nil)
    #expect(bench.executor.sitesAsked.withLock { $0 } == 0)
  }
}

/// A job that somebody gave another name.
@Suite struct RenamedJobs {
  private func look(_ bench: Bench, _ other: JobObservation) async throws {
    var answer = Observation(jobs: [], isComplete: true, hasAccounting: false)
    answer.renamed = [other]
    bench.executor.say(answer)
    _ = try await Reconciler(registry: bench.registry, executors: [bench.executor]).reconcile()
  }

  @Test func itsIdAndItsSubmitTimeTellThatItIsTheSame() async throws {
    let bench = try Bench()
    var job = bench.job(.pending)
    job.submitTime = 5000
    try await bench.look([job])
    job.phase = .running
    try await look(bench, job)
    #expect(try bench.run.state == .running && bench.run.missingSince == nil)
    // The same id, used again.
    job.submitTime = 5003
    job.phase = .failed
    try await look(bench, job)
    #expect(try bench.run.state == .running && bench.run.missingSince != nil)
  }

  @Test func ofAJobThatWasNeverSeenTheIdSaysNothing() async throws {
    let bench = try Bench()
    var job = bench.job(.running)
    job.submitTime = 5000
    try await look(bench, job)
    #expect(try bench.run.state == .pending && bench.run.missingSince != nil)
  }
}
