import Foundation
import Scheduler
import Testing

private func observe(_ slurm: FakeSlurm, _ jobs: [JobReference]) async -> Observation {
  await SlurmExecutor(environment: [:], runner: slurm).observe(jobs)
}

/// How answers become observations, with a Slurm that says what we want.
@Suite struct ObservationTests {
  @Test func aRunningJobHasItsTimesAndNodes() async throws {
    let answer = await observe(fakeSlurm(queue: [QueueLine()]), [reference()])
    #expect(
      answer.jobs == [
        JobObservation(
          token: "exp.Abcdef123456", jobID: 7, phase: .running, submitTime: 1_795_373_022,
          startTime: 1_795_373_024, nodes: "n1", restarts: 0)
      ])
    #expect(answer.hasAccounting && answer.isComplete && answer.warnings.isEmpty)
  }

  @Test func aWaitingJobsTimesAreGuessesAndLeftOut() async throws {
    let line = QueueLine(state: "PENDING", nodes: "", reason: "Resources")
    let job = try #require(await observe(fakeSlurm(queue: [line]), [reference()]).jobs.first)
    #expect(job.startTime == nil && job.endTime == nil && job.exitCode == nil)
    #expect(job.reason == "Resources")
  }

  @Test(arguments: [
    ("768", 3, nil), ("9", 0, 9), ("0", 0, nil), ("22016", 86, nil), ("0:15", 0, 15),
  ])
  func waitStatusIsSplit(_ status: String, _ code: Int, _ signal: Int?) async throws {
    let line = QueueLine(state: "FAILED", exit: status, reason: "NonZeroExitCode")
    let job = try #require(await observe(fakeSlurm(queue: [line]), [reference()]).jobs.first)
    #expect(job.exitCode == code)
    #expect(job.signal == signal)
    #expect(job.reason == "NonZeroExitCode")
  }

  @Test func sacctIsAskedOnlyForWhatSqueueDoesNotShow() async throws {
    let slurm = fakeSlurm(
      queue: [QueueLine(state: "FAILED")],
      accounting: [["9", "COMPLETED", "100", "101", "102", "86:0", "n2", "b.Abcdef123456"]])
    let one = await observe(slurm, [reference()])
    #expect(one.jobs.count == 1 && slurm.calls(of: "sacct").isEmpty)
    let two = await observe(slurm, [reference(), reference("b.Abcdef123456", id: 9)])
    #expect(two.jobs.map(\.phase) == [.failed, .completed])
    #expect(two.jobs.last?.exitCode == 86)
    #expect(slurm.calls(of: "sacct").count == 1 && slurm.calls(of: "squeue").count == 2)
    let call = try #require(slurm.calls(of: "sacct").first)
    #expect(call.contains("--name=b.Abcdef123456"))
  }

  @Test func tenThousandTasksCostTwoCallsAndLittleTime() async throws {
    let lines = (0..<10_000).map { QueueLine(id: 7, index: "\($0)", state: "COMPLETED") }
    let slurm = fakeSlurm(
      queue: lines + [QueueLine(id: 7, index: "10000-19999%16", state: "PENDING")])
    let jobs = (0..<20_000).map { reference(index: $0) }
    let start = ContinuousClock.now
    let answer = await observe(slurm, jobs)
    #expect(answer.jobs.count == 20_000 && slurm.commands.count == 1)
    #expect(answer.jobs.count { $0.phase == .pending } == 10_000)
    // 0.1 s alone on an idle machine; other tests run beside it.
    #expect(ContinuousClock.now - start < .seconds(3))
  }

  @Test func namesAreLeftOutWhereThereAreTooMany() async throws {
    let slurm = fakeSlurm(queue: [], accounting: [])
    _ = await observe(slurm, (0..<500).map { reference("exp.\($0)", id: $0 + 1) })
    let call = try #require(slurm.calls(of: "sacct").first)
    #expect(!call.contains { $0.hasPrefix("--name") })
  }

  @Test func timeIsAskedBackToTheOldestSubmissionAndADay() async throws {
    let slurm = fakeSlurm(queue: [], accounting: [])
    let now = Date().timeIntervalSince1970
    _ = await observe(
      slurm, [reference(submitted: now - 5000), reference(id: 8, submitted: now - 100)])
    let argument = try #require(
      slurm.calls(of: "sacct").first?.first { $0.hasPrefix("--starttime=now-") })
    let seconds = try #require(Int(argument.dropFirst("--starttime=now-".count)))
    #expect((91_400...91_410).contains(seconds))
  }

  // MARK: Which row speaks of a job

  @Test func arrayTasksAreFoundInListsAndAlone() async throws {
    let slurm = fakeSlurm(queue: [
      QueueLine(index: "0-3:3,5-9%2", state: "PENDING"), QueueLine(index: "1"),
      QueueLine(index: "2", state: "COMPLETED"),
    ])
    let answer = await observe(slurm, (0...9).map { reference(index: $0) })
    let phases = Dictionary(uniqueKeysWithValues: answer.jobs.map { ($0.arrayIndex, $0.phase) })
    #expect(phases[0] == .pending && phases[3] == .pending && phases[9] == .pending)
    #expect(phases[1] == .running && phases[2] == .completed)
    #expect(phases[4] == nil && answer.jobs.count == 9)
  }

  @Test func accountingHasOneRowForTasksThatNeverStarted() async throws {
    let slurm = fakeSlurm(
      queue: [],
      accounting: [
        ["7_0", "COMPLETED", "100", "101", "102", "0:0", "n1", "exp.Abcdef123456"],
        ["7", "CANCELLED by 0", "100", "102", "102", "0:0", "None assigned", "exp.Abcdef123456"],
      ])
    let answer = await observe(slurm, [reference(index: 0), reference(index: 1)])
    #expect(answer.jobs.map(\.phase) == [.completed, .cancelled])
    #expect(answer.jobs[1].startTime == nil && answer.jobs[1].nodes == nil)
  }

  @Test func aRequeuedJobsNewestSubmissionCounts() async throws {
    let name = "exp.Abcdef123456"
    let slurm = fakeSlurm(
      queue: [],
      accounting: [
        ["7", "COMPLETED", "200", "201", "202", "0:0", "n1", name],
        ["7", "PREEMPTED", "100", "101", "102", "0:0", "n1", name],
      ])
    let answer = await observe(slurm, [reference()])
    #expect(answer.jobs.map(\.phase) == [.completed])
    #expect(answer.jobs.map(\.submitTime) == [200])
  }

  @Test func aJobThatTheBooksCallRunningForEverIsNotSeen() async throws {
    let name = "exp.Abcdef123456"
    let slurm = fakeSlurm(
      queue: [],
      accounting: [
        ["7", "RUNNING", "200", "201", "Unknown", "0:0", "n1", name],
        ["8", "PENDING", "100", "Unknown", "Unknown", "0:0", "None assigned", name],
      ])
    let answer = await observe(slurm, [reference(), reference(id: 8), reference(id: nil)])
    #expect(answer.jobs.isEmpty && answer.hasAccounting && answer.warnings.isEmpty)
  }

  @Test(arguments: [
    ("CANCELLED", "N/A", "JobHeldUser", nil),
    ("CANCELLED", "N/A", "DependencyNeverSatisfied", "DependencyNeverSatisfied"),
    ("DEADLINE", "N/A", "BeginTime", "DEADLINE"), ("PENDING", "N/A", "JobHeldUser", "JobHeldUser"),
    ("PENDING", "0-4", "BeginTime,JobHeldUser", "BeginTime or JobHeldUser"),
    (
      "PENDING", "0-4", "ReqNodeNotAvail, UnavailableNodes:n1,n2",
      "ReqNodeNotAvail, UnavailableNodes:n1,n2"
    ),
  ])
  func aReasonIsWhatItSpeaksOf(
    _ state: String, _ index: String, _ reason: String, _ said: String?
  ) async throws {
    let slurm = fakeSlurm(queue: [QueueLine(index: index, state: state, reason: reason)])
    let answer = await observe(slurm, [reference(index: index == "N/A" ? nil : 2)])
    #expect(answer.jobs.count == 1 && answer.jobs.first?.reason == said)
  }

  @Test func tasksInManyListsAreFoundInConstantTime() async throws {
    let even = stride(from: 0, to: 20_000, by: 2).map(String.init).joined(separator: ",")
    let slurm = fakeSlurm(queue: [
      QueueLine(index: even, state: "PENDING"),
      QueueLine(index: "1-19999:2%4", state: "PENDING", reason: "JobHeldUser"),
    ])
    let start = ContinuousClock.now
    let answer = await observe(slurm, (0..<20_000).map { reference(index: $0) })
    #expect(answer.jobs.count { $0.reason == "JobHeldUser" } == 10_000)
    #expect(answer.jobs.count == 20_000 && ContinuousClock.now - start < .seconds(3))
  }

  @Test func anotherJobUnderOurIdIsNotOurs() async throws {
    let slurm = fakeSlurm(queue: [
      QueueLine(id: 7, name: "somebody"),
      QueueLine(id: 8, index: "0-3", state: "PENDING", name: "x"),
      QueueLine(id: 9, name: "nobody"),
    ])
    let other = "b.Abcdef123456"
    let answer = await observe(
      slurm, [reference(), reference(other, id: 8, index: 2), reference(other, id: 8, index: 4)])
    #expect(answer.jobs.isEmpty)
    // It is said all the same: its submit time may tell that it is ours, and was renamed.
    #expect(Set(answer.renamed.map(\.jobID)) == [7, 8] && answer.renamed.count == 2)
    let first = try #require(answer.renamed.first { $0.jobID == 7 })
    #expect(first.token == "exp.Abcdef123456" && first.submitTime == 1_795_373_022)
    #expect(answer.renamed.first { $0.jobID == 8 }?.arrayIndex == 2)
  }

  @Test func aTaskThatAloneWasRenamedIsFoundByItsId() async throws {
    let slurm = fakeSlurm(queue: [
      QueueLine(id: 7, index: "0,2", state: "PENDING"),
      QueueLine(id: 7, index: "1", state: "PENDING", name: "mine"),
    ])
    let answer = await observe(slurm, (0..<3).map { reference(id: 7, index: $0) })
    #expect(answer.jobs.map(\.arrayIndex) == [0, 2])
    #expect(answer.renamed.map(\.arrayIndex) == [1] && answer.renamed[0].phase == .pending)
  }

  @Test func anotherIdUnderOurNameIsNotOurs() async throws {
    // The user ran sbatch on our script by hand.
    let slurm = fakeSlurm(queue: [QueueLine(id: 7), QueueLine(id: 9, state: "FAILED")])
    let answer = await observe(slurm, [reference(id: 7), reference(id: 8)])
    #expect(answer.jobs.map(\.jobID) == [7])
  }

  @Test func whatLivesUnderTheNameOfAJobThatIsNotShownIsSaid() async throws {
    let slurm = fakeSlurm(queue: [
      QueueLine(id: 12, index: "2-5", state: "PENDING"), QueueLine(id: 12, index: "1"),
      QueueLine(id: 12, index: "0", state: "COMPLETED"),
    ])
    let answer = await observe(slurm, [0, 1, 3, 9].map { reference(index: $0) })
    #expect(answer.jobs.isEmpty)
    #expect(
      answer.copies.map(\.arrayIndex) == [1, 3] && answer.copies.allSatisfy { $0.jobID == 12 })
    #expect(answer.copies.map(\.phase) == [.running, .pending])
    let known = await observe(slurm, [reference(id: 12, index: 1)])
    #expect(known.jobs.count == 1 && known.copies.isEmpty)
  }

  @Test func aJobWithoutAnIdIsFoundByName() async throws {
    let slurm = fakeSlurm(queue: [QueueLine(id: 9, state: "FAILED"), QueueLine(id: 7)])
    #expect(await observe(slurm, [reference(id: nil)]).jobs.map(\.jobID) == [7])
  }

  // MARK: Answers that are none

  @Test(arguments: [
    "", "\n", "some banner of the site\n", "7 RUNNING\n",
    String(queueText([QueueLine()]).dropLast(5)),
  ])
  func anEmptyOrTornAnswerIsNoEmptyQueue(_ text: String) async throws {
    let slurm = FakeSlurm { command in
      command.executable == "squeue" ? .success(text) : .failure("accounting storage is disabled")
    }
    let answer = await observe(slurm, [reference()])
    #expect(!answer.isComplete && answer.jobs.isEmpty && answer.warnings.count == 1)
  }

  @Test func jobNamesCannotBreakTheTable() async throws {
    let slurm = fakeSlurm(queue: [
      QueueLine(id: 1, name: "a\nb|c"), QueueLine(id: 2, name: "x\u{1F}y"), QueueLine(),
      QueueLine(id: 3, name: ""),
    ])
    let answer = await observe(slurm, [reference()])
    #expect(answer.isComplete && answer.jobs.map(\.jobID) == [7])
  }

  @Test func oddFieldsAreNoTrap() async throws {
    let slurm = fakeSlurm(queue: [
      QueueLine(id: 7, index: "9-1:0", submit: "x", start: "", exit: "-1", nodes: "(null)"),
      QueueLine(id: 8, index: "99999999999999999999", submit: "1e999", exit: "::"),
    ])
    let answer = await observe(slurm, [reference(), reference(id: 8, index: 3)])
    #expect(answer.jobs.map(\.jobID) == [7])
    #expect(answer.jobs.map(\.submitTime) == [nil])
  }

  @Test func whenTheControllerIsAwayOnlySureEndsCount() async throws {
    let name = "exp.Abcdef123456"
    let slurm = FakeSlurm { command in
      command.executable == "squeue"
        ? .failure("slurm_load_jobs error: Unable to contact slurm controller (connect failure)\n")
        : .success(
          accountingText([
            ["7", "COMPLETED", "100", "101", "102", "0:0", "n1", name],
            ["8", "PREEMPTED", "100", "101", "102", "0:0", "n1", name],
            ["9", "NODE_FAIL", "100", "101", "102", "0:0", "n1", name],
            // A start before the one that lives.
            ["10", "FAILED", "100", "101", "102", "1:0", "n1", name],
            ["11", "CANCELLED by 0", "100", "101", "102", "0:0", "n1", name],
          ]))
    }
    let answer = await observe(slurm, (7...11).map { reference(id: $0) })
    #expect(answer.jobs.map(\.jobID) == [7])
    #expect(!answer.isComplete && answer.hasAccounting)
    #expect(answer.warnings.count == 1 && answer.warnings[0].contains("cannot be reached"))
  }

  @Test func aSiteWithoutAccountingIsNoNews() async throws {
    let answer = await observe(fakeSlurm(queue: []), [reference()])
    #expect(answer.isComplete && answer.accounting == .none && answer.warnings.isEmpty)
  }

  @Test func brokenAccountingIsSaid() async throws {
    let slurm = FakeSlurm { command in
      command.executable == "squeue"
        ? .success(queueText([]))
        : .failure("sacct: error: Problem talking to the database: Connection refused\n")
    }
    let answer = await observe(slurm, [reference()])
    #expect(answer.isComplete && answer.accounting == .failed)
    #expect(answer.warnings.count == 1 && answer.warnings[0].contains("Connection refused"))
  }

  @Test func whatIsNoTableOfTheBooksIsNoAnswer() async throws {
    let slurm = FakeSlurm { command in
      .success(command.executable == "squeue" ? queueText([]) : "Welcome to the cluster!\n")
    }
    let answer = await observe(slurm, [reference()])
    #expect(answer.accounting == .failed && answer.warnings.count == 1)
  }

  @Test func nothingToAskAsksNothing() async throws {
    let slurm = fakeSlurm(queue: [])
    let answer = await observe(slurm, [])
    #expect(answer.isComplete && slurm.commands.isEmpty)
  }
}
