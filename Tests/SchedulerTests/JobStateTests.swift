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
  ("BOOT_FAIL", .nodeFailed), ("RECONFIG_FAIL", .requeued), ("PREEMPTED", .preempted),
  ("GETENV_FAILED", .requeued),
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

  @Test(arguments: words) func wordOfAccounting(_ word: String, _ phase: JobPhase) async throws {
    let row = ["7", word, "100", "101", "102", "0:0", "n1", "exp.Abcdef123456"]
    let slurm = fakeSlurm(queue: [], accounting: [row])
    let answer = await SlurmExecutor(environment: [:], runner: slurm).observe([reference()])
    // The books call a forgotten job RUNNING for ever: what lives is for squeue to say.
    let isTold = phase.isTerminal || phase == .unknown(word)
    #expect(answer.jobs.map(\.phase) == (isTold ? [phase] : []))
    #expect(answer.warnings.isEmpty == (phase != .unknown(word)))
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

  /// What Slurm ends because a success can never come never became eligible; the word stays in the books of others.
  @Test(arguments: [
    ("Dependency", "Unknown", "None assigned", "Dependency"),
    ("Dependency", "1795373022", "None assigned", nil), ("Dependency", "Unknown", "n1", nil),
    ("Resources", "Unknown", "None assigned", nil),
  ])
  func whatWaitedForASuccessInVainIsToldFromTheRest(
    _ word: String, _ eligible: String, _ nodes: String, _ reason: String?
  ) async throws {
    let row = ["7", "CANCELLED", "100", "Unknown", "102", "0:0", nodes, "exp.Abcdef123456"]
    let slurm = FakeSlurm { command in
      .success(
        command.executable == "squeue"
          ? queueText([]) : accountingText([row], reason: word, eligible: eligible))
    }
    let answer = await SlurmExecutor(environment: [:], runner: slurm).observe([reference()])
    #expect(answer.jobs.map(\.reason) == [reason] && answer.jobs.allSatisfy(\.isFromBooks))
  }

  @Test func aWaitingJobThatRanBeforeIsRequeued() async throws {
    let line = QueueLine(state: "PENDING", restarts: "2", nodes: "", reason: "BeginTime")
    let slurm = fakeSlurm(queue: [line])
    let answer = await SlurmExecutor(environment: [:], runner: slurm).observe([reference()])
    #expect(answer.jobs.map(\.phase) == [.requeued])
    #expect(answer.jobs.map(\.reason) == ["BeginTime"])
  }

  // MARK: Out of memory, which Slurm says in three ways

  @Test(arguments: [
    ("OUT_OF_MEMORY", "125", "0", JobPhase.outOfMemory, 125 as Int?),
    ("FAILED", "125", "0", .outOfMemory, 125),
    // The script lived on and ended with 1; a step was killed.
    ("FAILED", "256", "125", .outOfMemory, nil), ("FAILED", "256", "9", .failed, nil),
    ("COMPLETED", "0", "125", .completed, nil), ("TIMEOUT", "0", "125", .timedOut, nil),
  ])
  func outOfMemoryInTheQueue(
    _ state: String, _ exit: String, _ derived: String, _ phase: JobPhase, _ signal: Int?
  ) async throws {
    let line = QueueLine(state: state, exit: exit, derived: derived)
    let slurm = fakeSlurm(queue: [line])
    let answer = await SlurmExecutor(environment: [:], runner: slurm).observe([reference()])
    #expect(answer.jobs.map(\.phase) == [phase])
    #expect(answer.jobs.map(\.signal) == [signal])
  }

  @Test(arguments: [
    ("OUT_OF_MEMORY", "0:125", "0:0", JobPhase.outOfMemory, 0),
    ("FAILED", "0:125", "0:0", .outOfMemory, 0), ("FAILED", "1:0", "0:125", .outOfMemory, 1),
    ("FAILED", "1:0", "0:9", .failed, 1), ("FAILED", "125:0", "125:0", .failed, 125),
    ("COMPLETED", "0:0", "0:125", .completed, 0), ("CANCELLED by 0", "0:0", "0:125", .cancelled, 0),
  ])
  func outOfMemoryInTheBooks(
    _ state: String, _ exit: String, _ derived: String, _ phase: JobPhase, _ code: Int
  ) async throws {
    let row = ["7", state, "100", "101", "102", exit, "n1", "exp.Abcdef123456"]
    let slurm = fakeSlurm(queue: [], accounting: [row], derived: derived)
    let answer = await SlurmExecutor(environment: [:], runner: slurm).observe([reference()])
    #expect(answer.jobs.map(\.phase) == [phase])
    #expect(answer.jobs.map(\.exitCode) == [code])
  }

  /// Where a partition gives a grace time Slurm calls a preempted job failed.
  @Test(arguments: [
    ("FAILED", "1795373000", "36608", JobPhase.preempted), ("FAILED", "N/A", "36608", .failed),
    ("FAILED", "1795373000", "22016", .failed), ("COMPLETED", "1795373000", "0", .completed),
    ("RUNNING", "1795373000", "0", .running),
  ])
  func whatFailedWhenItWasToMakeRoomWasPreempted(
    _ state: String, _ time: String, _ exit: String, _ phase: JobPhase
  ) async throws {
    let line = QueueLine(state: state, exit: exit, preempted: time)
    let slurm = fakeSlurm(queue: [line])
    let answer = await SlurmExecutor(environment: [:], runner: slurm).observe([reference()])
    #expect(answer.jobs.map(\.phase) == [phase])
  }
}
