import Foundation
import Orchestration
import Registry
import RunContract
import Scheduler
import Testing

@Suite struct Ends {
  static let codes: [(Int, RunState)] = [
    (0, .completed), (1, .failed), (64, .failed), (65, .failed), (75, .failed), (76, .failed),
    (86, .diverged), (137, .failed), (143, .failed), (255, .failed),
  ]

  @Test(arguments: codes) func anExitCodeIsAState(_ code: Int, _ state: RunState) {
    let end = runEnd(exitCode: code)
    #expect(end.state == state)
    #expect((end.reason == nil) == (state == .completed))
  }

  static let phases: [(JobPhase, RunState?)] = [
    (.pending, .pending), (.running, .running), (.requeued, .requeued), (.completed, .completed),
    (.failed, .failed), (.cancelled, .cancelled), (.timedOut, .timedOut),
    (.outOfMemory, .outOfMemory), (.nodeFailed, .nodeFailed), (.preempted, .cancelled),
    (.unknown("X"), nil),
  ]

  @Test(arguments: phases) func aPhaseIsAState(_ phase: JobPhase, _ state: RunState?) {
    let job = JobObservation(token: "t", jobID: 1, phase: phase)
    #expect(runEnd(of: job, record: nil)?.state == state)
  }

  @Test func aSignalIsNamed() {
    let job = JobObservation(token: "t", jobID: 1, phase: .failed, exitCode: 0, signal: 9)
    #expect(runEnd(of: job, record: nil)?.reason == "ended by signal 9")
  }

  @Test func whatWasNeverLaunchedWasNotEndedByASignal() {
    let job = JobObservation(token: "t", jobID: 1, phase: .failed, exitCode: 150)
    let record = ExitRecord(token: "t", restart: 0, code: 150, time: 1, wasLaunched: false)
    #expect(runEnd(of: job, record: nil)?.reason == "ended by signal 22")
    #expect(
      runEnd(of: job, record: record)?.reason
        == "Slurm did not launch the trainer (srun: exit 150); nothing was trained")
    let late = JobObservation(token: "t", jobID: 1, phase: .timedOut)
    #expect(runEnd(of: late, record: nil)?.reason == "reached its time limit")
    #expect(
      runEnd(of: late, record: record)?.reason
        == "reached its time limit; Slurm had not launched the trainer")
  }

  /// 125 above 128 is Slurm's own signal, and what Python makes of `sys.exit(-3)`.
  @Test func anExitStatusOfATrainersOwnIsNoWantOfMemory() {
    #expect(runEnd(exitCode: 253).state == .outOfMemory)
    var record = ExitRecord(token: "t", restart: 0, code: 253, time: 1)
    #expect(runEnd(exitCode: 253, record: record).state == .outOfMemory)
    record.isOfARank = true
    #expect(ExitRecord(Data(record.text.utf8)) == record)
    let end = runEnd(exitCode: 253, record: record)
    #expect(end.state == .failed && end.reason == "exit 253")
  }

  @Test(arguments: [(143, RunState.cancelled, true), (1, .cancelled, true), (86, .diverged, false)])
  func whoWasPreemptedWithAGraceTimeDidNotFail(_ code: Int, _ state: RunState, _ isPreempted: Bool)
  {
    var record = ExitRecord(token: "t", restart: 0, code: code, time: 1)
    record.wasPreempted = true
    #expect(ExitRecord(Data(record.text.utf8)) == record)
    let end = runEnd(exitCode: code, record: record)
    #expect(end.state == state && (end.reason == "preempted by another job") == isPreempted)
  }

  /// Slurm says so of a script that was killed, too.
  @Test func whatHasStartedWasLaunched() {
    var job = JobObservation(token: "t", jobID: 1, phase: .failed, exitCode: 0, signal: 9)
    job.reason = "JobLaunchFailure"
    #expect(
      runEnd(of: job, record: nil)?.reason?.hasPrefix("Slurm could not launch its script") == true)
    #expect(runEnd(of: job, record: nil, hasStarted: true)?.reason == "ended by signal 9")
  }

  @Test func theRecordFillsInAnExitStatusThatTheQueueDoesNotShow() {
    let job = JobObservation(token: "t", jobID: 1, phase: .failed)
    let record = ExitRecord(token: "t", restart: 0, code: 86, time: 1)
    #expect(runEnd(of: job, record: record)?.state == .diverged)
  }
}

@Suite struct Words {
  @Test func targets() {
    #expect(Target("21449738") == .job(21_449_738))
    #expect(Target("21449738_3") == .task(job: 21_449_738, index: 3))
    #expect(Target("sweep-3") == .name("sweep-3"))
    #expect(Target("sweep/") == .experiment("sweep"))
    #expect(Target("sweep/sweep-3") == .run("sweep-3", of: "sweep"))
    #expect(Target("/x") == .name("/x"))
    #expect(Target("0") == .name("0"))
    #expect(Target("99999999999999999999999") == .name("99999999999999999999999"))
    #expect(Target("12_") == .name("12_"))
  }

  @Test func tokensAreReadableAndUnlike() {
    let tokens = (0..<1000).map { _ in newToken(experiment: "e") }
    #expect(Set(tokens).count == 1000)
    #expect(tokens.allSatisfy { $0.wholeMatch(of: /e\.[a-z0-9]{12}/) != nil })
  }

  @Test func pathsAreMadeAbsolute() {
    #expect(absolute("a/../b", in: "/x") == "/x/b")
    #expect(absolute("/a/./b//c") == "/a/b/c")
    #expect(absolute("../../..", in: "/x") == "/")
  }
}
