import Orchestration
import Registry
import RunContract
import Scheduler
import TestSupport
import Testing

/// Runs of a project that was moved, or whose paths lead out of it.
@Suite struct ForeignDirectories {
  @Test(arguments: [
    (JobPhase.failed, 75, RunState.pending), (.failed, 1, .pending), (.preempted, 0, .pending),
    (.timedOut, 0, .pending), (.nodeFailed, 0, .pending), (.cancelled, 0, .cancelled),
    (.completed, 0, .completed), (.running, 0, .running),
  ])
  func onlyAGoodEndAndAWishedOneNeedNoDirectory(
    _ phase: JobPhase, _ code: Int, _ state: RunState
  ) async throws {
    let bench = try Bench()
    let project = try Project.create(in: bench.scratch("elsewhere")).project
    bench.executor.say(
      Observation(jobs: [bench.job(phase, code: code)], isComplete: true, hasAccounting: false))
    let round = try await Reconciler(
      registry: bench.registry, executors: [bench.executor],
      continuer: Continuer(
        project: project, registry: bench.registry, executors: [bench.executor])
    ).reconcile()
    #expect(try bench.run.state == state)
    #expect(round.warnings.contains { $0.contains("e-1's directory is left alone") })
  }

  /// Nobody saw these ends, and the directory cannot be asked.
  @Test(arguments: [JobPhase.completed, .cancelled])
  func whatOnlyTheBooksSayIsNotBelieved(_ phase: JobPhase) async throws {
    let bench = try Bench()
    let project = try Project.create(in: bench.scratch("elsewhere")).project
    var job = bench.job(phase)
    (job.isFromBooks, job.startTime, job.endTime) = (true, 1000, 1000)
    bench.executor.say(Observation(jobs: [job], isComplete: true, hasAccounting: true))
    _ = try await Reconciler(
      registry: bench.registry, executors: [bench.executor],
      continuer: Continuer(
        project: project, registry: bench.registry, executors: [bench.executor])
    ).reconcile()
    #expect(try bench.run.state == .pending)
  }

  /// A user who gave up on such a run is not told for ever that it waits.
  @Test func whoseEndWasWishedIsOverWhereNothingIsLeftOfIt() async throws {
    // The last one had ended long before anybody wished that.
    for (job, endTime) in [(nil, nil), (.failed, nil), (.failed, 1)] as [(JobPhase?, Double?)] {
      let bench = try Bench()
      var failed = bench.job(.failed, code: 1)
      failed.endTime = endTime
      let project = try Project.create(in: bench.scratch("elsewhere")).project
      try bench.registry.requestCancel(of: [bench.run])
      bench.executor.say(
        Observation(
          jobs: job == nil ? [] : [failed], isComplete: true, hasAccounting: false))
      let created = try bench.run.createdAt
      for seconds in [0.0, 299, 301] {
        #expect(try bench.run.state == (job == nil || seconds == 0 ? .pending : .cancelled))
        _ = try await Reconciler(
          registry: bench.registry, executors: [bench.executor],
          continuer: Continuer(
            project: project, registry: bench.registry, executors: [bench.executor]),
          clocks: Clocks(
            wall: { created + seconds }, boot: { BootMoment(bootID: "b", seconds: seconds) })
        ).reconcile()
      }
      #expect(try bench.run.state == .cancelled)
    }
  }
}
