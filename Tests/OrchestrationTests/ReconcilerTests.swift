import Foundation
import Orchestration
import Registry
import RunContract
import Scheduler
import Synchronization
import TestSupport
import Testing

/// An executor that answers what a test tells it to.
final class ScriptedExecutor: Executor {
  let name = ExecutorName.slurm
  private let answer: Mutex<Observation>
  /// Seconds for which it shows ended jobs.
  let memory = Mutex(300.0)
  /// The cluster's name, as the machine knows it and as the site says.
  let named = Mutex<String?>(nil)
  let siteName = Mutex<String?>(nil)
  let sitesAsked = Mutex(0)
  let isSilent = Mutex(false)
  /// Whether it cannot be reached by who wants to cancel.
  let isAway = Mutex(false)
  /// The jobs that were to be cancelled.
  let cancelled = Mutex<[JobReference]>([])

  init(_ answer: Observation) { self.answer = Mutex(answer) }

  func say(_ new: Observation) { answer.withLock { $0 = new } }
  func submit(_ submission: SubmissionRequest) async -> SubmissionOutcome { .accepted(jobID: 1) }
  func observe(_ jobs: [JobReference]) async -> Observation { answer.withLock { $0 } }
  func site() async -> ExecutorSite? {
    sitesAsked.withLock { $0 += 1 }
    if isSilent.withLock({ $0 }) { return nil }
    return memory.withLock {
      ExecutorSite(cluster: siteName.withLock { $0 }, showsEndedJobsFor: $0)
    }
  }
  var cluster: String? { named.withLock { $0 } }
  func cancel(_ jobs: [JobReference]) async -> CancelOutcome {
    if isAway.withLock({ $0 }) {
      return CancelOutcome(asked: [], failures: ["away"], isUnreachable: true)
    }
    cancelled.withLock { $0 += jobs }
    return CancelOutcome(asked: jobs)
  }
}

/// A registry with one submitted run, and an executor to answer for it.
struct Bench {
  let scratch: Scratch
  let registry: Registry
  let executor = ScriptedExecutor(
    Observation(jobs: [], isComplete: true, hasAccounting: false))
  let submission: Int64
  static let token = "e.aaaaaaaaaaaa"

  init(state: RunState = .pending, recipe: String? = nil) throws {
    scratch = try Scratch()
    registry = try Registry(path: scratch("r.sqlite"))
    submission = try #require(try Self.intend(registry, scratch, "e", "slurm", Self.token, recipe))
    if state == .unconfirmed {
      try registry.record(submission: submission, state: .unconfirmed, runs: .unconfirmed)
    } else if state != .submitting {
      try registry.record(submission: submission, state: .accepted, runs: .pending, jobID: 7)
    }
  }

  /// Records the intent to submit one run.
  static func intend(
    _ registry: Registry, _ scratch: Scratch, _ experiment: String, _ executor: String,
    _ token: String, _ recipe: String? = nil
  ) throws -> Int64? {
    let wish = SubmissionWish(
      experiment: experiment, jobFile: nil, configs: [Config(parameters: ["seed": .number(1)])],
      directory: scratch("runs"), again: false)
    return try registry.intend(wish) { runs in
      [submission(of: runs, scratch, executor, token, recipe)]
    }.submissions.first?.id
  }

  static func submission(
    of runs: [PlannedRun], _ scratch: Scratch, _ executor: String, _ token: String,
    _ recipe: String? = nil
  ) -> NewSubmission {
    NewSubmission(
      token: token, executor: executor, directory: scratch("s"), isArray: false,
      hashes: SubmissionHashes(script: sha256Hex(""), manifest: sha256Hex("")),
      template: (sha256Hex(""), ""), recipe: recipe, runs: runs)
  }

  var run: RunRecord { get throws { try #require(try registry.runs().first) } }

  func look(
    _ jobs: [JobObservation] = [], isComplete: Bool = true, copies: [JobObservation] = []
  ) async throws {
    executor.say(
      Observation(
        jobs: jobs, isComplete: isComplete, hasAccounting: false,
        knownTokens: Set(copies.map(\.token)), copies: copies))
    _ = try await Reconciler(registry: registry, executors: [executor]).reconcile()
  }

  func job(_ phase: JobPhase, code: Int? = nil, signal: Int? = nil) -> JobObservation {
    JobObservation(token: Self.token, jobID: 7, phase: phase, exitCode: code, signal: signal)
  }

  /// What the job script leaves when it starts.
  func claim(restart: Int = 0, time: Int? = nil) throws {
    let words = "kind=claim\nrestart=\(restart)\n" + (time.map { "time=\($0)\n" } ?? "")
    try scratch.write(words, to: "runs/e-1/claims/\(Self.token)")
  }

  /// What the job script and Slurm have written into the job's log.
  func writeJobLog(_ text: String) throws { try scratch.write(text, to: "s/slurm.log") }

  /// What the job script leaves when it ends.
  func leave(
    _ code: Int, token: String = Self.token, restart: Int = 0, launched: Bool = true,
    ranks: Int? = nil, ranksLost: Bool = false
  ) throws {
    let record = ExitRecord(
      token: token, restart: restart, code: code, time: 1000, wasLaunched: launched,
      ranks: ranks, areRanksLost: ranksLost)
    try scratch.write(record.text, to: "runs/e-1/exit.json")
  }
}

@Suite struct Reconciling {
  @Test func aQueryThatFailedChangesNothing() async throws {
    let bench = try Bench()
    try await bench.look(isComplete: false)
    let run = try bench.run
    #expect(run.state == .pending)
    #expect(run.missingSince == nil)
  }

  /// A controller that was killed shows a job as running that has ended.
  @Test(arguments: [(0, RunState.completed), (3, .failed), (75, .requeued)])
  func anEndThatSlurmDidNotHearOfIsTheRecordedOne(_ code: Int, _ state: RunState) async throws {
    let bench = try Bench(
      recipe:
        #"{"command":["x"],"directives":[],"experiment":"e","retry":{"max_requeues":3},"template":"t","working_directory":"/"}"#
    )
    try bench.claim()
    try bench.leave(code)
    try bench.scratch.write("", to: "runs/e-1/heartbeat")
    var job = bench.job(.running)
    job.restarts = 0
    try await bench.look([job])
    #expect(try bench.run.state == .running)
    var times = [timeval(), timeval()]
    for place in 0...1 { times[place].tv_sec = time(nil) - 61 }
    #expect(utimes(bench.scratch("runs/e-1/heartbeat"), times) == 0)
    // While Slurm ends it, or has started it once more, its word counts.
    var other = job
    other.reason = "COMPLETING"
    try await bench.look([other])
    #expect(try bench.run.state == .running)
    (other.reason, other.restarts) = (nil, 1)
    if code != 0 {
      try await bench.look([other])
      #expect(try bench.run.state == .running)
    }
    try await bench.look([job])
    var run = try bench.run
    #expect(run.state == state && run.exitCode == code, "\(run)")
    #expect((run.due == .goOn) == (code == 75) && run.restarts == (code == 75 ? 1 : 0))
    // Slurm still shows it, and nothing changes any more.
    var observation = Observation(jobs: [], isComplete: true, hasAccounting: false)
    observation.strangers = [job]
    bench.executor.say(observation)
    _ = try await Reconciler(registry: bench.registry, executors: [bench.executor]).reconcile()
    run = try bench.run
    #expect(run.state == state && run.restarts == (code == 75 ? 1 : 0), "\(run)")
  }

  /// What waits to be submitted is held back while nobody answers, and that is said.
  @Test func whatIsDueAndCannotBeAskedForIsSaid() async throws {
    let bench = try Bench()
    var update = RunUpdate(try bench.run)
    (update.state, update.due) = (.requeued, .goOn)
    try bench.registry.apply([update])
    bench.executor.say(
      Observation(jobs: [], isComplete: false, hasAccounting: false, warnings: ["away"]))
    let round = try await Reconciler(registry: bench.registry, executors: [bench.executor])
      .reconcile()
    #expect(!round.isComplete && round.warnings == ["away"])
    #expect(try bench.run.due == .goOn)
  }

  @Test func aWordThatNobodyKnowsChangesNothing() async throws {
    let bench = try Bench()
    try await bench.look([bench.job(.unknown("DREAMING"))])
    #expect(try bench.run.state == .pending)
  }

  @Test func silenceIsNotTheEnd() async throws {
    let bench = try Bench()
    try await bench.look()
    #expect(try bench.run.state == .pending)
    #expect(try bench.run.missingSince != nil)
    try await bench.look([bench.job(.running)])
    #expect(try bench.run.state == .running)
    #expect(try bench.run.missingSince == nil)
  }

  @Test func afterTheGraceARunIsLostAndItsTokenTakenBack() async throws {
    let bench = try Bench()
    // It may have ended: this controller forgets at once.
    bench.executor.memory.withLock { $0 = -1000 }
    try await bench.look()
    var update = RunUpdate(try bench.run)
    (update.missingSince, update.missingClock) = (now() - 301, nil)
    try bench.registry.apply([update])
    try await bench.look()
    #expect(try bench.run.state == .lost)
    let claim = Claim.standing(runDirectory: bench.scratch("runs/e-1"), token: Bench.token)
    #expect(claim?.kind == .revoked)
  }

  @Test func aFreshHeartbeatOutweighsTheQueue() async throws {
    let bench = try Bench()
    try bench.claim()
    try bench.scratch.write("", to: "runs/e-1/heartbeat")
    try await bench.look()
    #expect(try bench.run.state == .running)
  }

  @Test func withoutAccountingTheExitRecordDecides() async throws {
    let bench = try Bench()
    try bench.claim()
    try bench.leave(86)
    try await bench.look()
    #expect(try bench.run.state == .diverged)
    #expect(try bench.run.exitCode == 86)
    #expect(try bench.run.endedAt == 1000)
  }

  @Test(arguments: [("e.bbbbbbbbbbbb", 0), (Bench.token, 1)])
  func anExitRecordOfAnotherStartDoesNotCount(_ token: String, _ restart: Int) async throws {
    let bench = try Bench()
    try bench.claim()
    try bench.leave(0, token: token, restart: restart)
    try await bench.look()
    #expect(try bench.run.state == .pending)
  }

  @Test func theExecutorsWordBeatsTheRecord() async throws {
    let bench = try Bench()
    try bench.claim()
    try bench.leave(0)
    try await bench.look([bench.job(.running)])
    #expect(try bench.run.state == .running)
    try await bench.look([bench.job(.timedOut)])
    #expect(try bench.run.state == .timedOut)
  }

  @Test func anUnconfirmedSubmissionIsAdoptedByItsName() async throws {
    let bench = try Bench(state: .unconfirmed)
    try await bench.look([bench.job(.running)])
    #expect(try bench.run.state == .running)
    #expect(try bench.run.jobID == 7)
  }

  @Test func aJobThatWasCancelledBeforeItWasFoundIsEnded() async throws {
    let bench = try Bench(state: .unconfirmed)
    try bench.registry.requestCancel(of: [try bench.run])
    try await bench.look([bench.job(.pending)])
    #expect(bench.executor.cancelled.withLock { $0.map(\.jobID) } == [7])
    // Once its id is known the wish has been passed on.
    try await bench.look([bench.job(.pending)])
    #expect(bench.executor.cancelled.withLock { $0.count } == 1)
  }

  @Test func aFailureBeforeTheWishToCancelIsAFailure() async throws {
    let bench = try Bench()
    try bench.claim()
    try bench.leave(3)
    try bench.registry.requestCancel(of: [try bench.run])
    try await bench.look()
    #expect(try bench.run.state == .failed)
  }

  @Test func anIntentIsLeftAloneWhileItsAnswerMayCome() async throws {
    let bench = try Bench(state: .submitting)
    try await bench.look()
    #expect(try bench.run.state == .submitting)
    #expect(try bench.run.missingSince == nil)
  }

  @Test func aDirectoryThatCannotBeReadIsAWarning() async throws {
    let bench = try Bench()
    try makeDirectory(bench.scratch("runs/e-1/metrics.jsonl"))
    bench.executor.say(
      Observation(jobs: [bench.job(.completed)], isComplete: true, hasAccounting: false))
    let round = try await Reconciler(registry: bench.registry, executors: [bench.executor])
      .reconcile()
    #expect(try bench.run.state == .completed)
    #expect(round.warnings.contains { $0.contains("runs/e-1/metrics.jsonl") })
  }

  @Test func theLastLinesOfARunThatHasJustEndedAreTakenIn() async throws {
    let bench = try Bench()
    var end = bench.job(.completed)
    end.endTime = now()
    try await bench.look([end])
    let line = MetricRecord(step: 9, epoch: 3, time: 1, values: ["loss": 0.5]).line
    try bench.scratch.write(line + "\n", to: "runs/e-1/metrics.jsonl")
    try await bench.look()
    #expect(try bench.run.lastStep == 9)
  }

  @Test func aJobsNumberIsNeverThatOfALocalProcess() throws {
    let bench = try Bench()
    #expect(try bench.registry.runs(named: .job(7)).count == 1)
    let local = try #require(
      try Bench.intend(bench.registry, bench.scratch, "l", "local", "l.bbbbbbbbbbbb"))
    try bench.registry.record(submission: local, state: .accepted, runs: .running, jobID: 7)
    #expect(try bench.registry.runs(named: .job(7)).map(\.name) == ["e-1"])
  }

  @Test func aCancelledTaskThatSlurmForgotIsCancelled() async throws {
    let bench = try Bench()
    try bench.registry.requestCancel(of: [try bench.run])
    try await bench.look()
    #expect(try bench.run.state == .cancelled)
    #expect(
      Claim.standing(runDirectory: bench.scratch("runs/e-1"), token: Bench.token)?.kind == .revoked)
  }
}
