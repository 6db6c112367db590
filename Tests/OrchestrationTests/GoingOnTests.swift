import Foundation
import JobFiles
import Orchestration
import Registry
import RunContract
import Scheduler
import TestSupport
import Testing

/// What follows from an end, as the reconciler records it. The policy stands in the submission's recipe.
@Suite struct GoingOn {
  /// One row of the table: how the job ended, what the trainer left, and what follows.
  struct Row: CustomStringConvertible, Sendable {
    var phase: JobPhase
    var code: Int?
    var signal: Int?
    var record: Int?
    var launched = true
    var ranks: Int?
    var ranksLost = false
    var policy = "{}"
    var state: RunState
    var due: NextStep?

    var description: String { "\(phase) \(code ?? -1) record \(record ?? -1) \(policy)" }
  }

  static let table: [Row] = [
    // Exit 75 is never an end, whichever way it arrives.
    Row(phase: .failed, code: 75, state: .requeued, due: .goOn),
    Row(phase: .failed, code: 75, record: 75, state: .requeued, due: .goOn),
    Row(phase: .timedOut, record: 75, state: .requeued, due: .goOn),
    Row(phase: .nodeFailed, record: 75, state: .requeued, due: .goOn),
    Row(phase: .preempted, state: .requeued, due: .goOn),
    Row(phase: .failed, code: 75, policy: #"{"max_requeues":0}"#, state: .failed),
    // Without a policy everything else is the end.
    Row(phase: .timedOut, state: .timedOut),
    Row(phase: .outOfMemory, state: .outOfMemory),
    Row(phase: .nodeFailed, state: .nodeFailed),
    Row(phase: .failed, code: 1, state: .failed),
    Row(phase: .failed, signal: 9, state: .failed),
    Row(phase: .failed, signal: 125, state: .outOfMemory),
    // With one, what it names goes on.
    Row(phase: .timedOut, policy: #"{"timeout":true}"#, state: .requeued, due: .goOn),
    Row(
      phase: .outOfMemory, policy: #"{"out_of_memory":1.5}"#, state: .requeued, due: .goOn),
    Row(
      phase: .failed, signal: 125, policy: #"{"out_of_memory":1.5}"#, state: .requeued, due: .goOn),
    Row(phase: .nodeFailed, policy: #"{"node_failure":true}"#, state: .requeued, due: .goOn),
    Row(phase: .failed, code: 1, policy: #"{"failed":true}"#, state: .requeued, due: .goOn),
    // What cannot become better is not tried again.
    Row(phase: .failed, code: 64, policy: #"{"failed":true}"#, state: .failed),
    Row(phase: .failed, code: 65, policy: #"{"failed":true}"#, state: .failed),
    Row(phase: .failed, code: 86, policy: #"{"failed":true}"#, state: .diverged),
    Row(phase: .completed, code: 0, record: 0, policy: #"{"failed":true}"#, state: .completed),
    // All ranks had come to their good end before anybody could tell them to.
    Row(phase: .cancelled, record: 0, ranks: 1, state: .completed),
    Row(phase: .cancelled, record: 0, state: .cancelled),
    Row(phase: .cancelled, record: 75, policy: #"{"failed":true}"#, state: .cancelled),
    // A good end that this start recorded is one, whatever became of its script; a time limit's word stands.
    Row(phase: .failed, code: 1, record: 0, policy: #"{"failed":true}"#, state: .completed),
    Row(phase: .failed, signal: 9, record: 0, state: .completed),
    Row(
      phase: .nodeFailed, record: 0, ranks: 2, policy: #"{"node_failure":true}"#,
      state: .completed),
    // srun says 0 of ranks that a node took along, too: their own words are needed.
    Row(phase: .nodeFailed, record: 0, state: .nodeFailed),
    Row(
      phase: .nodeFailed, record: 0, policy: #"{"node_failure":true}"#, state: .requeued,
      due: .goOn),
    Row(phase: .nodeFailed, record: 74, ranksLost: true, state: .nodeFailed),
    Row(phase: .failed, code: 74, record: 74, ranksLost: true, state: .nodeFailed),
    Row(
      phase: .failed, code: 74, record: 74, ranksLost: true, policy: #"{"node_failure":true}"#,
      state: .requeued, due: .goOn),
    Row(phase: .cancelled, record: 143, ranksLost: true, state: .cancelled),
    // A start that was refused leaves no record: what says 76 in one is a trainer of somebody's own.
    Row(phase: .failed, code: 76, record: 76, state: .failed),
    // One that was refused after another start of the same job: that one's end counts.
    Row(phase: .failed, code: 76, record: 75, state: .requeued, due: .goOn),
    Row(phase: .failed, code: 76, record: 86, state: .diverged),
    Row(phase: .failed, code: 76, record: 1, state: .failed),
    Row(phase: .timedOut, record: 0, state: .timedOut),
    Row(phase: .outOfMemory, record: 0, state: .outOfMemory),
    // One process of the job was killed, and its trainer came to its good end without it.
    Row(
      phase: .outOfMemory, record: 0, ranks: 1, policy: #"{"out_of_memory":1.5}"#,
      state: .completed),
    // Accounting leaves 128 out.
    Row(phase: .failed, code: 75, record: 203, policy: #"{"failed":false}"#, state: .failed),
    Row(phase: .failed, code: 86, record: 214, state: .failed),
    Row(
      phase: .failed, code: 65, record: 193, policy: #"{"failed":true}"#, state: .requeued,
      due: .goOn),
    // What Slurm could not launch.
    Row(phase: .failed, code: 226, record: 226, launched: false, state: .failed),
    Row(
      phase: .failed, code: 226, record: 226, launched: false,
      policy: #"{"node_failure":true}"#, state: .requeued, due: .goOn),
    Row(
      phase: .failed, code: 75, record: 75, launched: false, state: .requeued, due: .goOn),
  ]

  @Test(arguments: table) func everyEndHasItsAftermath(_ row: Row) async throws {
    let bench = try Bench(recipe: recipe(row.policy))
    try bench.claim()
    if let record = row.record {
      try bench.leave(
        record, launched: row.launched, ranks: row.ranks, ranksLost: row.ranksLost)
    }
    try await bench.look([bench.job(row.phase, code: row.code, signal: row.signal)])
    let run = try bench.run
    #expect(run.state == row.state, "\(row): \(run.reason ?? "")")
    #expect(run.due == row.due)
    #expect((run.endedAt == nil) == (row.due != nil))
    if row.due == .goOn { #expect(run.restarts == 1) }
    if row.phase == .outOfMemory, row.due != nil {
      #expect(run.overridesJSON == #"{"mem":"6G"}"#)
    }
  }

  /// A controller that was killed did not hear of the end, and ended the job minutes later.
  @Test(arguments: [(0, RunState.completed), (86, .diverged), (1, .failed), (75, .requeued)])
  func anEndThatSlurmNoticedTooLateIsTheRecordedOne(code: Int, state: RunState) async throws {
    for phase in [JobPhase.timedOut, .nodeFailed] {
      let bench = try Bench(recipe: recipe("{}"))
      try bench.claim(time: 990)
      try bench.leave(code, ranks: code == 0 ? 1 : nil)
      var job = bench.job(phase)
      // The controller's clock is a day ahead of the node's.
      (job.startTime, job.endTime) = (86_400, 86_400 + 300)
      job.reason = "TimeLimit"
      try await bench.look([job])
      #expect(try bench.run.state == state)
      #expect(try bench.run.reason?.contains("TimeLimit") != true)
      if state != .requeued { #expect(try bench.run.endedAt == 1000) }
    }
  }

  /// A prolog may take minutes before the script begins: its time limit is no end that Slurm noticed too late. A
  /// controller that had forgotten a requeue, and ended the job at its limit, is one.
  @Test(arguments: [
    (" DUE TO TIME LIMIT", RunState.timedOut), (" DUE TO JOB REQUEUE", .requeued),
    (" DUE TO PREEMPTION", .timedOut), ("", .cancelled),
  ])
  func theJobsLogTellsALateStartFromALateWord(_ cause: String, _ state: RunState) async throws {
    let bench = try Bench(recipe: recipe("{}"))
    try bench.claim(time: 940)
    try bench.leave(143)
    try bench.writeJobLog(
      "slurmstepd-n1: error: *** JOB 7 ON n1 CANCELLED AT 2026-11-29T08:21:12\(cause) ***\n"
    )
    var job = bench.job(.timedOut)
    (job.startTime, job.endTime, job.reason) = (850, 1001, "TimeLimit")
    try await bench.look([job])
    #expect(try bench.run.state == state)
  }

  /// A node failed, Slurm started the run once more there, and that start was gone before it claimed it: the record is
  /// the one before its.
  @Test(
    arguments: [
      (0, nil, 9, "", RunState.nodeFailed), (1, nil, 9, "", .requeued), (1, 1, nil, "", .requeued),
      // What refused to begin, or was cancelled, is not brought back.
      (1, 74, nil, "", .nodeFailed),
      (1, nil, 9, "CANCELLED AT 2026-11-29T08:21:12 ***", .nodeFailed),
    ] as [(Int, Int?, Int?, String, RunState)])
  func aStartThatNeverClaimedTheRunHasNoRecord(
    _ restarts: Int, _ code: Int?, _ signal: Int?, _ words: String, _ state: RunState
  ) async throws {
    let bench = try Bench(recipe: recipe("{}"))
    try bench.claim()
    try bench.leave(74, ranksLost: true)
    if !words.isEmpty {
      try bench.writeJobLog(
        """
        2026-11-29T08:21:10Z orchestrate: run e-1 (task 0, restart 0) starts on n1: runs/e-1/output.log
        slurmstepd-n1: error: *** JOB 7 ON n1 \(words)

        """)
    }
    var job = bench.job(.failed, code: code, signal: signal)
    job.restarts = restarts
    try await bench.look([job])
    #expect(try bench.run.state == state)
    #expect(try (bench.run.due == .goOn) == (state == .requeued))
    if state == .requeued { #expect(try bench.run.exitCode == nil && bench.run.signal == nil) }
  }

  /// What Slurm writes into the job's log tells a job that somebody cancelled from one that it ended itself,
  /// also where no accounting remembers it.
  @Test(arguments: [
    ("CANCELLED AT 2026-11-29T08:21:12 ***", 75 as Int?, RunState.cancelled),
    ("CANCELLED AT 2026-11-29T08:21:12 ***", 143, .cancelled),
    ("CANCELLED AT 2026-11-29T08:21:12 ***", nil as Int?, .cancelled),
    ("CANCELLED AT 2026-11-29T08:21:12 ***", 0, .completed),
    ("CANCELLED AT 2026-11-29T08:21:12 DUE TO TIME LIMIT ***", 75, .requeued),
    ("CANCELLED AT 2026-11-29T08:21:12 DUE TO TIME LIMIT ***", 143, .timedOut),
    ("CANCELLED AT 2026-11-29T08:21:12 DUE TO TIME LIMIT ***", 1, .timedOut),
    ("CANCELLED AT 2026-11-29T08:21:12 DUE TO TIME LIMIT ***", 86, .diverged),
    ("CANCELLED AT 2026-11-29T08:21:12 DUE TO TIME LIMIT ***", nil, .timedOut),
    ("CANCELLED AT 2026-11-29T08:21:12 DUE TO PREEMPTION ***", 143, .requeued),
    ("CANCELLED AT 2026-11-29T08:21:12 DUE TO PREEMPTION ***", nil, .requeued),
    ("CANCELLED AT 2026-11-29T08:21:12 DUE TO NODE FAILURE ***", 143, .nodeFailed),
  ])
  func theJobsLogKnowsWhoWasCancelled(_ words: String, _ code: Int?, _ state: RunState) async throws
  {
    let bench = try Bench(recipe: recipe("{}"))
    try bench.claim()
    try bench.scratch.write("", to: "runs/e-1/heartbeat")
    try await bench.look()
    #expect(try bench.run.reason?.contains("heartbeat is fresh") == true)
    unlink(bench.scratch("runs/e-1/heartbeat"))
    if let code { try bench.leave(code) }
    try bench.writeJobLog(
      """
      2026-11-29T08:21:10Z orchestrate: run e-1 (task 0, restart 0) starts on n1: runs/e-1/output.log
      slurmstepd-n1: error: *** JOB 7 ON n1 \(words)

      """)
    try await bench.look()
    #expect(try bench.run.state == state)
    // What was said of it while it lived says nothing of its end.
    #expect(try bench.run.reason?.contains("heartbeat is fresh") != true)
    if state == .cancelled { #expect(try bench.run.reason == nil) }
  }

  /// Its node went down in its first moments, and Slurm started it once more under the same restart count, which
  /// is refused.
  @Test(arguments: [
    ("NODE FAILURE, SEE SLURMCTLD LOG FOR DETAILS", RunState.requeued), ("TIME LIMIT", .timedOut),
  ])
  func whatSlurmHadStartedOnceMoreInVainGoesOn(_ cause: String, _ state: RunState) async throws {
    let bench = try Bench(recipe: recipe("{}"))
    try bench.claim()
    try bench.leave(143)
    try bench.writeJobLog(
      """
      2026-11-29T08:21:10Z orchestrate: run e-1 (task 0, restart 0) starts on n1: runs/e-1/output.log
      slurmstepd-n1: error: *** JOB 7 ON n1 CANCELLED AT 2026-11-29T08:21:12 DUE TO \(cause) ***
      2026-11-29T08:21:20Z orchestrate: the token \(Bench.token) was claimed by job 7 on n1

      """)
    try await bench.look([bench.job(.failed, code: 76)])
    #expect(try bench.run.state == state && (bench.run.due == .goOn) == (state == .requeued))
  }

  @Test func aFirstStartMayBeCancelledBeforeItHasSaidThatItStarts() async throws {
    let bench = try Bench(recipe: recipe("{}"))
    try bench.claim()
    try bench.leave(143)
    try bench.writeJobLog(
      """
      slurmstepd-n1: error: *** JOB 7 ON n1 CANCELLED AT 2026-11-29T08:21:12 ***
      2026-11-29T08:21:12Z orchestrate: run e-1 (task 0, restart 0) starts on n1: runs/e-1/output.log

      """)
    try await bench.look()
    #expect(try bench.run.state == .cancelled)
  }

  /// The controller was killed with what it knew of the cancel, and had the job started once more.
  @Test(arguments: [143, 75]) func whoWasCancelledStaysSoWhenALaterStartIsRefused(
    code: Int
  ) async throws {
    let bench = try Bench(recipe: recipe(#"{"failed":true}"#))
    try bench.claim()
    try bench.leave(code)
    try bench.writeJobLog(
      """
      2026-11-29T08:21:10Z orchestrate: run e-1 (task 0, restart 0) starts on n1: runs/e-1/output.log
      slurmstepd-n1: error: *** JOB 7 ON n1 CANCELLED AT 2026-11-29T08:21:12 ***
      2026-11-29T08:21:15Z orchestrate: the token e.0 was claimed by job 7 on n1

      """)
    try await bench.look([bench.job(.failed, code: 76)])
    #expect(try bench.run.state == .cancelled)
    #expect(try bench.run.exitCode == code)
  }

  /// The controller was killed, and heard of the script's end alone.
  @Test(arguments: [
    ("", 143 as Int?, nil as Int?, nil as Int?, RunState.cancelled),
    ("", 75, 75, nil, .cancelled), ("", 143, 143, nil, .cancelled),
    ("", nil, nil, 9, .cancelled), ("", 143, 0, nil, .completed), ("", 1, 1, nil, .failed),
    (" DUE TO TIME LIMIT", 143, 143, nil, .timedOut),
    (" DUE TO TIME LIMIT", 86, 86, nil, .diverged),
    (" DUE TO PREEMPTION", 143, 143, nil, .requeued),
    (" DUE TO JOB REQUEUE", 143, 143, nil, .requeued),
  ])
  func aFailureThatSlurmForgotTheCauseOf(
    _ words: String, _ code: Int?, _ record: Int?, _ signal: Int?, _ state: RunState
  ) async throws {
    let bench = try Bench(recipe: recipe("{}"))
    try bench.claim()
    if let record { try bench.leave(record) }
    try bench.writeJobLog(
      """
      2026-11-29T08:21:10Z orchestrate: run e-1 (task 0, restart 0) starts on n1: runs/e-1/output.log
      slurmstepd-n1: error: *** JOB 7 ON n1 CANCELLED AT 2026-11-29T08:21:12\(words) ***

      """)
    try await bench.look([bench.job(.failed, code: code, signal: signal)])
    #expect(try bench.run.state == state)
    #expect(try (bench.run.endedAt == nil) == (state == .requeued))
  }

  /// Whoever concluded that a task was cancelled while it waited was killed before that was recorded.
  @Test(arguments: [
    (Claim.Sequel.cancelled as Claim.Sequel?, RunState.cancelled), (.lost, .lost),
    (nil, .unconfirmed),
  ])
  func whatFollowsOnATokenThatWasTakenBackStandsInTheClaim(
    _ sequel: Claim.Sequel?, _ state: RunState
  ) async throws {
    let bench = try Bench()
    let token = Bench.token
    #expect(
      try Claim.revoke(
        runDirectory: bench.scratch("runs/e-1"), token: token, sequel: sequel) == nil)
    try await bench.look()
    #expect(try bench.run.state == state)
    #expect(try (bench.run.due == .resubmit) == (sequel == nil))
  }

  @Test func aCancelOfAnEarlierStartSaysNothingOfThisOne() async throws {
    let bench = try Bench(recipe: recipe("{}"))
    try bench.claim(restart: 1)
    try bench.leave(75, restart: 1)
    try bench.writeJobLog(
      """
      slurmstepd-n1: error: *** JOB 7 ON n1 CANCELLED AT 2026-11-29T08:21:12 ***
      2026-11-29T08:22:10Z orchestrate: run e-1 (task 0, restart 1) starts on n1: runs/e-1/output.log

      """)
    try await bench.look()
    #expect(try bench.run.state == .requeued)
  }

  /// Slurm could not start the script at all, or it could not write to its directory.
  @Test(arguments: [(1, RunState.requeued), (74, .requeued), (65, .failed)])
  func whatFailsBeforeItsClaimIsTriedAgainAsAfterALostNode(
    code: Int, state: RunState
  ) async throws {
    let bench = try Bench(recipe: recipe(#"{"node_failure":true}"#))
    try await bench.look([bench.job(.failed, code: code)])
    #expect(try bench.run.state == state)
  }

  /// The controller forgot a job whose script had not launched its trainer yet, and the script was killed.
  @Test(arguments: [
    (["ready"], true), (["closed"], true), (["closed", "ready"], true), (["began"], false),
    (["closed", "began"], false), ([], false),
    // Its trainer had written its checkpoint and asked to be run again.
    (["closed", "began", "again"], true),
  ])
  func aStartThatVanishesBeforeItsTrainerIsLaunchedGoesOn(
    words: [String], goesOn: Bool
  ) async throws {
    let bench = try Bench(recipe: recipe("{}"))
    try bench.claim()
    try bench.scratch.write("\(Bench.token) 0\n", to: "runs/e-1/owner")
    for word in words {
      try bench.scratch.write("", to: "runs/e-1/.\(word).\(Bench.token).0.7.n1.99.\(word.count)")
    }
    try await bench.look()
    var update = RunUpdate(try bench.run)
    (update.missingSince, update.missingClock) = (now() - 3600, nil)
    try bench.registry.apply([update])
    try await bench.look()
    #expect(try bench.run.state == (goesOn ? .requeued : .lost))
    #expect(try bench.run.due == (goesOn ? .goOn : nil))
  }

  @Test func whatWasToldToEndAtItsTimeLimitHasReachedIt() async throws {
    let bench = try Bench(recipe: recipe("{}"))
    try bench.claim(time: 702)
    try bench.leave(0)
    var job = bench.job(.timedOut)
    (job.startTime, job.endTime) = (86_400, 86_400 + 300)
    try await bench.look([job])
    #expect(try bench.run.state == .timedOut)
  }

  /// Slurm starts a job again whose run has come to its good end, or holds it for ever.
  @Test(arguments: [JobPhase.running, .requeued])
  func aJobThatIsStartedAgainAfterTheGoodEndChangesNothing(_ phase: JobPhase) async throws {
    let bench = try Bench(recipe: recipe("{}"))
    try bench.claim()
    try bench.scratch.write("\(Bench.token) 0\n", to: "runs/e-1/owner")
    try bench.leave(0)
    var job = bench.job(phase)
    job.restarts = 1
    for _ in 0..<2 {
      try await bench.look([job])
      #expect(try bench.run.state == .completed)
      #expect(try bench.run.endedAt == 1000)
    }
    // The same of a run that had failed.
    let other = try Bench(recipe: recipe("{}"))
    try other.scratch.write("\(Bench.token) 0\n", to: "runs/e-1/owner")
    try other.leave(1)
    try await other.look([job])
    #expect(try other.run.state.isActive)
  }

  @Test func aWishToCancelOutweighsExit75() async throws {
    let bench = try Bench(recipe: recipe("{}"))
    try bench.claim()
    try bench.registry.requestCancel(of: [try bench.run])
    var job = bench.job(.failed, code: 75)
    job.endTime = now() + 10
    try await bench.look([job])
    #expect(try bench.run.state == .cancelled)
    #expect(try bench.run.due == nil)
  }

  @Test func requeuesOfSlurmCountToo() async throws {
    let bench = try Bench(recipe: recipe(#"{"max_requeues":2}"#))
    try bench.claim(restart: 2)
    try bench.leave(75, restart: 2)
    try await bench.look([bench.job(.failed, code: 75)])
    #expect(try bench.run.state == .failed)
    #expect(try bench.run.reason?.contains("max_requeues is 2") == true)
  }

  private func recipe(_ policy: String) -> String {
    """
    {"command":["/bin/true"],"directives":[["mem","4G"]],"experiment":"e",\
    "retry":\(policy),"template":"train","working_directory":"/p"}
    """
  }
}
