import Foundation
import Orchestration
import Registry
import RunContract
import Scheduler
import TestSupport
import Testing

/// Two jobs of one token: somebody, or a wrapper of sbatch, submitted the same script twice.
@Suite struct Copies {
  /// Job 12 has claimed the run; the registry knows job 7.
  private func claimedByAnother() throws -> Bench {
    let bench = try Bench()
    try bench.scratch.write(
      "kind=claim\njob_id=12\nrestart=0\n", to: "runs/e-1/claims/\(Bench.token)")
    return bench
  }

  @Test(arguments: [(JobPhase.failed, 1), (.failed, 76), (.cancelled, 0), (.nodeFailed, 0)])
  func whateverEndsTheKnownJobTheOtherTrains(_ phase: JobPhase, _ code: Int) async throws {
    let bench = try claimedByAnother()
    try await bench.look([bench.job(phase, code: code)])
    #expect(try bench.run.state == .running)
    #expect(try bench.run.jobID == 12)
    #expect(try bench.run.endedAt == nil)
  }

  /// Nobody shows job 7: sbatch gave a wrong number, or the controller forgot it.
  @Test(arguments: [JobPhase.pending, .running])
  func whereTheKnownJobIsNotShownTheOtherIsTheRuns(_ phase: JobPhase) async throws {
    let bench = try phase == .running ? claimedByAnother() : Bench()
    let copy = JobObservation(token: Bench.token, jobID: 12, phase: phase)
    for _ in 0..<2 { try await bench.look(copies: [copy]) }
    #expect(try bench.run.state == (phase == .running ? .running : .pending))
    #expect(try bench.run.jobID == 12)
    #expect(try bench.run.missingSince == nil)
  }

  /// Job 7 has trained, and the other waits for a start that will be refused.
  @Test func aCopyThatWaitsHidesNoEnd() async throws {
    let bench = try Bench()
    try bench.scratch.write(
      "kind=claim\njob_id=7\nrestart=0\n", to: "runs/e-1/claims/\(Bench.token)")
    try bench.leave(1)
    try await bench.look(copies: [
      JobObservation(token: Bench.token, jobID: 12, phase: .pending)
    ])
    #expect(try bench.run.state == .failed)
    #expect(try bench.run.jobID == 7)
  }

  /// The claim of a start that nobody shows any more says which job it was.
  @Test func aStartKnowsItsJob() async throws {
    let bench = try claimedByAnother()
    try await bench.look()
    #expect(try bench.run.jobID == 12)
    #expect(try bench.run.state.isActive)
  }

  @Test func whatFailedBeforeItsClaimIsNotTrainedByACopyLater() async throws {
    let bench = try Bench()
    try await bench.look([bench.job(.failed, code: 1)])
    #expect(try bench.run.state == .failed)
    #expect(try bench.run.reason == "exit 1; ended before it claimed its run: nothing was trained")
    let claim = Claim.standing(runDirectory: bench.scratch("runs/e-1"), token: Bench.token)
    #expect(claim?.kind == .revoked)
  }

  @Test func aDirectoryThatTakesNoClaimHidesNoEnd() async throws {
    let bench = try Bench()
    try bench.scratch.write("", to: "runs/e-1")
    try await bench.look([bench.job(.failed, code: 74)])
    #expect(try bench.run.state == .failed)
  }
}
