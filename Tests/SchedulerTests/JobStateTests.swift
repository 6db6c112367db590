import Scheduler
import Testing

/// Every word of squeue and sacct, and what it means to us.
private let words: [(String, JobPhase)] = [
  ("PENDING", .pending), ("CONFIGURING", .pending), ("POWER_UP_NODE", .pending),
  ("RESV_DEL_HOLD", .pending), ("EXPEDITING", .pending),
  ("RUNNING", .running), ("SUSPENDED", .running), ("STOPPED", .running), ("SIGNALING", .running),
  ("RESIZING", .running), ("STAGE_OUT", .running), ("COMPLETING", .running),
  ("REQUEUED", .requeued), ("REQUEUE_FED", .requeued), ("REQUEUE_HOLD", .requeued),
  ("SPECIAL_EXIT", .requeued), ("LAUNCH_FAILED", .requeued),
  ("COMPLETED", .completed), ("FAILED", .failed), ("CANCELLED", .cancelled),
  ("TIMEOUT", .timedOut), ("OUT_OF_MEMORY", .outOfMemory), ("NODE_FAIL", .nodeFailed),
  ("BOOT_FAIL", .nodeFailed), ("RECONFIG_FAIL", .nodeFailed), ("PREEMPTED", .preempted),
  ("DEADLINE", .cancelled), ("REVOKED", .unknown("REVOKED")), ("UPDATE_DB", .unknown("UPDATE_DB")),
]

@Suite struct JobStateTests {
  @Test func theTableHasNoOtherWords() {
    #expect(Set(JobStateWords.table.keys) == Set(words.map(\.0)))
  }

  @Test(arguments: words) func wordOfSqueue(_ word: String, _ phase: JobPhase) async throws {
    let slurm = fakeSlurm(queue: [QueueLine(state: word)])
    let answer = await SlurmExecutor(environment: [:], runner: slurm).observe([reference()])
    #expect(answer.jobs.map(\.phase) == [phase])
    #expect(answer.isComplete)
    if case .unknown = phase {
      #expect(answer.warnings.count == 1)
    } else {
      #expect(answer.warnings.isEmpty)
    }
  }

  @Test func aWordFromTheFutureChangesNothingAndIsSaid() async throws {
    let slurm = fakeSlurm(queue: [QueueLine(state: "LEVITATING")])
    let answer = await SlurmExecutor(environment: [:], runner: slurm).observe([reference()])
    #expect(answer.jobs.map(\.phase) == [.unknown("LEVITATING")])
    #expect(answer.warnings.count == 1 && answer.warnings[0].contains("LEVITATING"))
  }

  @Test(arguments: [
    ("COMPLETED", JobPhase.completed, nil), ("CANCELLED by 1000", .cancelled, "CANCELLED by 1000"),
    ("TIMEOUT", .timedOut, nil), ("OUT_OF_MEMORY", .outOfMemory, nil),
    ("DEADLINE", .cancelled, "DEADLINE"), ("BOOT_FAIL", .nodeFailed, "BOOT_FAIL"),
  ])
  func wordOfSacct(_ word: String, _ phase: JobPhase, _ reason: String?) async throws {
    let row = ["7", word, "100", "101", "102", "0:0", "n1", "exp.Abcdef123456"]
    let slurm = fakeSlurm(queue: [], accounting: [row])
    let answer = await SlurmExecutor(environment: [:], runner: slurm).observe([reference()])
    #expect(answer.jobs.map(\.phase) == [phase])
    #expect(answer.jobs.map(\.reason) == [reason])
  }

  @Test func aWaitingJobThatRanBeforeIsRequeued() async throws {
    let line = QueueLine(state: "PENDING", restarts: "2", nodes: "", reason: "BeginTime")
    let slurm = fakeSlurm(queue: [line])
    let answer = await SlurmExecutor(environment: [:], runner: slurm).observe([reference()])
    #expect(answer.jobs.map(\.phase) == [.requeued])
    #expect(answer.jobs.map(\.reason) == ["BeginTime"])
  }
}
