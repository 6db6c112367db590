import Foundation
import JobFiles
import Orchestration
import Registry
import RunContract
import Scheduler
import TestSupport
import Testing

/// Silence, by whoever it comes from.
@Suite struct Silence {
  /// A look that is answered and shows nothing of the run.
  private func look(
    _ bench: Bench, at seconds: Double, boot: String = "b", accounting: Bool = false,
    known: Set<String> = [], wall: Double? = nil
  ) async throws {
    bench.executor.say(
      Observation(
        jobs: [], isComplete: true, hasAccounting: accounting, knownTokens: known))
    let start = try bench.run.createdAt
    let clocks = Clocks(
      wall: { wall ?? start + seconds },
      boot: { BootMoment(bootID: boot, seconds: seconds) })
    _ = try await Reconciler(
      registry: bench.registry, executors: [bench.executor], clocks: clocks
    ).reconcile()
  }

  @Test func aLostAnswerWithoutATraceIsSubmittedAnewAfterItsTokenWasTakenBack() async throws {
    let bench = try Bench(state: .unconfirmed)
    try await look(bench, at: 0)
    try await look(bench, at: 59)
    #expect(try bench.run.due == nil)
    try await look(bench, at: 61)
    #expect(try bench.run.due == .resubmit)
    #expect(try bench.run.state == .unconfirmed)
    let claim = Claim.standing(runDirectory: bench.scratch("runs/e-1"), token: Bench.token)
    #expect(claim?.kind == .revoked)
  }

  @Test func aJobThatStartedMeanwhileIsAdopted() async throws {
    let bench = try Bench(state: .unconfirmed)
    try await look(bench, at: 0)
    try bench.claim()
    try bench.scratch.write("", to: "runs/e-1/heartbeat")
    try await look(bench, at: 61)
    #expect(try bench.run.state == .running)
    #expect(try bench.run.due == nil)
  }

  @Test func aClockThatIsSteppedMakesNobodyLost() async throws {
    let bench = try Bench()
    try await look(bench, at: 0)
    // An administrator sets the clock forward by a day; two seconds have passed.
    try await look(bench, at: 2, wall: try bench.run.createdAt + 86_400)
    #expect(try bench.run.state == .pending)
    // Back by a day, six minutes later.
    try await look(bench, at: 360, wall: try bench.run.createdAt - 86_400)
    #expect(try bench.run.due == .resubmit)
  }

  @Test func onAnotherLoginNodeTheWallsClockCounts() async throws {
    let bench = try Bench()
    try await look(bench, at: 0)
    try await look(bench, at: 200, boot: "other")
    #expect(try bench.run.state == .pending)
    try await look(bench, at: 301, boot: "other")
    #expect(try bench.run.due == .resubmit)
  }

  @Test func aJobThatTheControllerForgotIsSubmittedAnew() async throws {
    let bench = try Bench()
    // Seen in the queue a moment ago, gone now: an ended job would be listed for minutes.
    try await bench.look([bench.job(.pending)])
    try await look(bench, at: 1)
    try await look(bench, at: 302)
    #expect(try bench.run.due == .resubmit)
  }

  /// Its id was recorded a moment ago, and nobody has looked since.
  @Test func aJobThatTheControllerForgotBeforeAnybodyLookedIsSubmittedAnew() async throws {
    let bench = try Bench()
    try await look(bench, at: 1)
    try await look(bench, at: 302)
    #expect(try bench.run.due == .resubmit)
  }

  /// It was seen at a time that is the future now: nobody knows for how long it has been gone.
  @Test func whereTheClockWasSetBackARunThatIsGoneMayHaveEnded() async throws {
    let bench = try Bench()
    try await bench.look([bench.job(.pending)])
    let start = try bench.run.createdAt - 3600
    try await look(bench, at: 1, wall: start)
    try await look(bench, at: 302, wall: start + 301)
    #expect(try bench.run.state == .lost)
  }

  @Test(arguments: [true, false])
  func whereSlurmForgetsEndedJobsSoonARunThatIsGoneMayHaveEnded(wasSeen: Bool) async throws {
    let bench = try Bench()
    bench.executor.memory.withLock { $0 = 20 }
    if wasSeen { try await bench.look([bench.job(.pending)]) }
    // Half a minute is longer than this controller would have shown its end.
    try await look(bench, at: 30)
    try await look(bench, at: 331)
    #expect(try bench.run.state == .lost)
  }

  /// Slurm has forgotten it, and knows of no end; that it had started stands in its log.
  @Test(arguments: [
    (
      "2026-11-29T15:00:00Z orchestrate: cannot write to /data/runs/e-1\n", RunState.failed,
      "nothing was trained; cannot write to /data/runs/e-1"
    ),
    ("slurmstepd: error: *** JOB 7 ON n1 CANCELLED AT 2026-11-29T15:00:00 ***\n", .cancelled, ""),
    ("", .lost, ""),
  ])
  func whatEndedBeforeItsClaimSaysSoInItsLog(
    _ log: String, _ state: RunState, _ words: String
  ) async throws {
    let bench = try Bench()
    bench.executor.memory.withLock { $0 = 20 }
    try bench.writeJobLog(log)
    try await look(bench, at: 30)
    try await look(bench, at: 331)
    let run = try bench.run
    #expect(run.state == state && (run.reason ?? "").hasSuffix(words), "\(run.reason ?? "")")
    let claim = Claim.standing(runDirectory: bench.scratch("runs/e-1"), token: Bench.token)
    #expect(claim?.kind == .revoked)
  }

  /// It waited for its next start, as the queue or the job's log says, in a queue that shows what was cancelled for
  /// a while only, and keeps no books.
  @Test(
    arguments: [(20.0, RunState.lost, nil), (300, .requeued, NextStep.goOn)],
    [
      (JobPhase.requeued, 75, ""), (.requeued, 143, " DUE TO JOB REQUEUE"),
      (.requeued, 143, " DUE TO PREEMPTION"), (.running, 143, " DUE TO JOB REQUEUE"),
      (.running, 75, " DUE TO JOB REQUEUE"),
    ])
  func whatIsGoneWhileItWaitedToGoOnIsLostOrForgotten(
    _ end: (memory: Double, state: RunState, due: NextStep?),
    _ start: (phase: JobPhase, code: Int, words: String)
  ) async throws {
    let (memory, state, due) = end
    let recipe = """
      {"command":["/bin/true"],"directives":[],"experiment":"e","retry":{},"template":"t",\
      "working_directory":"/p"}
      """
    let bench = try Bench(recipe: recipe)
    bench.executor.memory.withLock { $0 = memory }
    try bench.claim()
    var job = bench.job(start.phase)
    job.restarts = start.phase == .requeued ? 1 : 0
    if start.phase == .running { try await bench.look([job]) }
    try bench.leave(start.code)
    if !start.words.isEmpty {
      try bench.writeJobLog(
        """
        2026-11-29T08:21:10Z orchestrate: run e-1 (task 0, restart 0) starts on n1: runs/e-1/output.log
        slurmstepd-n1: error: *** JOB 7 ON n1 CANCELLED AT 2026-11-29T08:21:12\(start.words) ***

        """)
    }
    if start.phase == .requeued { try await bench.look([job]) }
    let before = try bench.run.state
    #expect(try bench.run.state.isActive && bench.run.due == nil)
    try await look(bench, at: 30)
    #expect(try bench.run.state == before && bench.run.due == nil)
    try await look(bench, at: 331)
    let run = try bench.run
    #expect(run.state == state && run.due == due, "\(run.state) \(run.reason ?? "")")
    let claim = Claim.standing(runDirectory: bench.scratch("runs/e-1"), token: Bench.token)
    #expect((claim?.kind == .revoked) == (state == .lost))
    // Whoever concludes that may be killed before it is recorded.
    #expect(claim?.sequel == (state == .lost ? .lost : nil))
  }

  /// The directory was removed: that the run had started stands in its job's log alone.
  @Test func whatHadStartedByItsLogIsLost() async throws {
    let bench = try Bench()
    try bench.writeJobLog("x orchestrate: run e-1 (task 0, restart 0) starts on n1: /runs/e-1\n")
    try await look(bench, at: 0)
    try await look(bench, at: 301)
    let run = try bench.run
    #expect(run.state == .lost && run.reason?.contains("started by its job's log") == true)
  }

  @Test func aPipeInTheDirectoryHangsNobody() async throws {
    let bench = try Bench()
    try bench.claim()
    for name in ["heartbeat", "exit.json", "owner"] {
      #expect(mkfifo(bench.scratch("runs/e-1/\(name)"), 0o600) == 0)
    }
    try await look(bench, at: 0)
    #expect(try bench.run.state.isActive)
  }

  @Test func aTimeInTheFutureIsNotWaitedFor() {
    #expect(!Continuer.hasPassed(60, since: 1000, at: 1059))
    #expect(Continuer.hasPassed(60, since: 1000, at: 1061))
    #expect(Continuer.hasPassed(60, since: 87_400, at: 1000))
  }

  @Test func whereAccountingKnowsNothingTheControllerForgot() async throws {
    let bench = try Bench()
    try await look(bench, at: 0, accounting: true)
    try await look(bench, at: 301, accounting: true)
    #expect(try bench.run.due == .resubmit)
  }

  @Test func aTokenThatWasTakenBackByAnEndedOrchestrateIsSubmittedAnew() async throws {
    let bench = try Bench()
    _ = try Claim.revoke(runDirectory: bench.scratch("runs/e-1"), token: Bench.token)
    try await look(bench, at: 0)
    #expect(try bench.run.due == .resubmit)
  }

  @Test func aRefusedCopyPointsToTheJobThatTrains() async throws {
    let bench = try Bench()
    try bench.scratch.write(
      "kind=claim\njob_id=12\nrestart=0\n", to: "runs/e-1/claims/\(Bench.token)")
    try await bench.look([bench.job(.failed, code: 76)])
    #expect(try bench.run.state == .running)
    #expect(try bench.run.jobID == 12)
  }
}
