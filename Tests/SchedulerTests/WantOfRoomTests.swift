import Scheduler
import Testing

@Suite struct WantOfRoomTests {
  private static let policy =
    "Batch job submission failed: Job violates accounting/QOS policy (job submit limit, user's size "
    + "and/or time limits)"

  @Test(arguments: [
    "AssocMaxSubmitJobLimit", "AssocGrpSubmitJobsLimit", "QOSMaxSubmitJobPerUserLimit",
    "QOSMaxSubmitJobPerAccountLimit", "QOSGrpSubmitJobsLimit",
  ])
  func aLimitOfSubmittedJobsIsWaitedFor(_ word: String) throws {
    let refusal = SubmissionOutcome.refused(reason: "\(word); \(Self.policy)", hint: nil)
    let want = try #require(refusal.wantOfRoom)
    #expect(want.mayTakeFewer && want.words.contains(word))
    #expect(WantOfRoom.isReason(want.reason))
  }

  @Test(arguments: SubmissionOutcome.queueIsFull)
  func aFullQueueIsWaitedForAndTakesNoFewer(_ words: String) async throws {
    let slurm = FakeSlurm { _ in .failure("sbatch: error: \(words), sleeping and retrying\n") }
    let refusal = await SlurmExecutor(environment: [:], runner: slurm).submit(
      SubmissionRequest(
        token: "t", script: "/s", directory: "/", workingDirectory: "/", tasks: [], isArray: false))
    #expect(try #require(refusal.wantOfRoom).mayTakeFewer == false)
  }

  @Test func theAnswerToAnotherPartIsWaitedFor() throws {
    let refusal = SubmissionOutcome.refused(
      reason: SubmissionOutcome.anotherPartIsUnderWay, hint: nil)
    #expect(try #require(refusal.wantOfRoom).mayTakeFewer == false)
  }

  /// Slurm's last word is the same for all of these, and time mends none of them.
  @Test(arguments: [
    policy, "AssocMaxWallDurationPerJobLimit; \(policy)", "QOSMaxCpuPerJobLimit; \(policy)",
    "AssocMaxNodePerJobLimit; \(policy)", "Batch job submission failed: Invalid qos specification",
    "Batch job submission failed: Invalid job array specification", "",
  ])
  func whatAsksForTooMuchIsRefusedForGood(_ words: String) {
    #expect(SubmissionOutcome.refused(reason: words, hint: nil).wantOfRoom == nil)
    #expect(!WantOfRoom.isReason("refused: \(words)"))
  }

  @Test func otherAnswersAreNoWantOfRoom() {
    let words = "AssocMaxSubmitJobLimit"
    for outcome in [
      SubmissionOutcome.accepted(jobID: 1), .unconfirmed(reason: words),
      .unreachable(reason: words),
    ] {
      #expect(outcome.wantOfRoom == nil)
    }
    #expect(!WantOfRoom.isReason(nil))
  }
}
