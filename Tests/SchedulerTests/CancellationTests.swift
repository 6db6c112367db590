import Scheduler
import Synchronization
import Testing

private func cancel(_ slurm: FakeSlurm, _ jobs: [JobReference]) async -> CancelOutcome {
  await SlurmExecutor(environment: [:], runner: slurm).cancel(jobs)
}

@Suite struct CancellationTests {
  @Test func aWholeJobIsEndedByNameAndId() async throws {
    let slurm = fakeSlurm(queue: [QueueLine()])
    let outcome = await cancel(slurm, [reference()])
    #expect(slurm.calls(of: "scancel") == [["--name=exp.Abcdef123456", "7"]])
    #expect(outcome.asked == [reference()] && outcome.failures.isEmpty)
  }

  @Test func tasksOfOneArrayShareACall() async throws {
    let slurm = fakeSlurm(queue: [QueueLine(index: "0-9", state: "PENDING")])
    let jobs = [9, 3, 5, 4, 0].map { reference(index: $0) }
    let outcome = await cancel(slurm, jobs)
    // With a name as well Slurm 22.05 would end all waiting tasks.
    #expect(slurm.calls(of: "scancel") == [["7_[0,3-5,9]"]])
    #expect(Set(outcome.asked) == Set(jobs))
  }

  @Test func whatCarriesAnotherNameIsNotTouched() async throws {
    let slurm = fakeSlurm(queue: [QueueLine(id: 7, name: "other.Abcdef123456")])
    let outcome = await cancel(slurm, [reference(), reference(index: 2)])
    #expect(slurm.calls(of: "scancel").isEmpty && outcome.asked.isEmpty)
    #expect(outcome.failures.count == 2 && outcome.failures[0].contains("not in Slurm's queue"))
    // Who renamed it knows whether it is the same.
    #expect(
      outcome.failures[0].contains("other.Abcdef123456")
        && outcome.failures[0].contains("`scancel 7`"))
    #expect(outcome.failures[1].contains("`scancel 7_2`"))
    #expect(!outcome.isUnreachable)
  }

  @Test func aTaskThatAloneWasRenamedIsNotEndedWithItsArray() async throws {
    let slurm = fakeSlurm(queue: [
      QueueLine(index: "0,2", state: "PENDING"), QueueLine(index: "1", name: "mine"),
    ])
    let whole = await cancel(slurm, [reference()])
    #expect(whole.asked.count == 1 && whole.failures.count == 1)
    #expect(whole.failures.first?.contains("job 7_1 is called mine now") == true)
    #expect(whole.spared == [reference(index: 1)])
    #expect(await cancel(slurm, [reference(index: 2)]).failures.isEmpty)
  }

  @Test func whereOurIdIsNotOursTheNameCounts() async throws {
    let slurm = fakeSlurm(queue: [
      QueueLine(id: 7, name: "other.Abcdef123456"), QueueLine(id: 12, state: "PENDING"),
    ])
    _ = await cancel(slurm, [reference()])
    #expect(slurm.calls(of: "scancel") == [["--name=exp.Abcdef123456", "12"]])
  }

  @Test func whatHasEndedIsSaid() async throws {
    let slurm = fakeSlurm(queue: [QueueLine(state: "COMPLETED")])
    let outcome = await cancel(slurm, [reference()])
    #expect(slurm.calls(of: "scancel").isEmpty && outcome.failures.count == 1)
  }

  @Test func anUnconfirmedJobIsFoundByName() async throws {
    let slurm = fakeSlurm(queue: [QueueLine(id: 12, state: "PENDING")])
    _ = await cancel(slurm, [reference(id: nil)])
    #expect(slurm.calls(of: "scancel") == [["--name=exp.Abcdef123456", "12"]])
  }

  @Test func tasksOfOneArrayAreAskedForAtOnceAfterOneLook() async throws {
    let slurm = fakeSlurm(queue: [QueueLine(index: "2-5", state: "PENDING"), QueueLine(index: "1")])
    let outcome = await cancel(slurm, [1, 3, 4].map { reference(index: $0) })
    #expect(outcome.asked.compactMap(\.arrayIndex) == [1, 3, 4] && outcome.failures.isEmpty)
    #expect(slurm.calls(of: "squeue").count == 1 && slurm.calls(of: "scancel").count == 1)
  }

  @Test func tasksOfSeveralArraysShareACallAndWholeJobsAreAskedForAlone() async throws {
    let slurm = fakeSlurm(queue: [
      QueueLine(id: 7, index: "0-9", state: "PENDING"),
      QueueLine(id: 9, index: "0-9", state: "PENDING", name: "b.Abcdef123456"),
      QueueLine(id: 3, name: "c.Abcdef123456"), QueueLine(id: 2, name: "d.Abcdef123456"),
    ])
    let jobs = [
      reference("c.Abcdef123456", id: 3), reference("b.Abcdef123456", id: 9, index: 4),
      reference(index: 1), reference(index: 0), reference("d.Abcdef123456", id: 2),
    ]
    let outcome = await cancel(slurm, jobs)
    #expect(
      Set(slurm.calls(of: "scancel")) == [
        ["7_[0-1]", "9_[4]"], ["--name=c.Abcdef123456", "3"], ["--name=d.Abcdef123456", "2"],
      ])
    #expect(Set(outcome.asked) == Set(jobs) && slurm.calls(of: "squeue").count == 1)
  }

  @Test func tenThousandTasksHereAndThereAreFewCallsOfBoundedLength() async throws {
    let slurm = fakeSlurm(queue: [QueueLine(index: "0-99999", state: "PENDING")])
    let jobs = stride(from: 0, to: 100_000, by: 2).map { reference(index: $0) }
    let outcome = await cancel(slurm, jobs)
    let calls = slurm.calls(of: "scancel")
    #expect(outcome.asked.count == 50_000 && calls.count == 2)
    #expect(calls.joined().allSatisfy { $0.utf8.count < 128 << 10 })
    #expect(calls.allSatisfy { $0.reduce(0) { $0 + $1.utf8.count } < 300 << 10 })
  }

  @Test func manyWholeJobsAreAskedForFourAtATime() async throws {
    let most = Mutex((now: 0, most: 0))
    let lines = (1...30).map { QueueLine(id: $0, state: "PENDING") }
    let slurm = FakeSlurm { command in
      if command.executable == "squeue" { return .success(queueText(lines)) }
      most.withLock {
        $0.now += 1
        $0.most = max($0.most, $0.now)
      }
      try? await Task.sleep(for: .milliseconds(5))
      most.withLock { $0.now -= 1 }
      return .success("")
    }
    let outcome = await cancel(slurm, (1...30).map { reference(id: $0) })
    #expect(outcome.asked.count == 30 && slurm.calls(of: "scancel").count == 30)
    #expect(most.withLock(\.most) <= 4)
  }

  @Test func anAbsentControllerIsNotAskedAgainAndAgain() async throws {
    let lines = (1...30).map { QueueLine(id: $0, state: "PENDING") }
    let slurm = FakeSlurm { command in
      command.executable == "squeue"
        ? .success(queueText(lines))
        : .failure("scancel: error: Unable to contact slurm controller (connect failure)", code: 8)
    }
    let outcome = await cancel(slurm, (1...30).map { reference(id: $0) })
    #expect(outcome.isUnreachable && outcome.asked.isEmpty)
    #expect(slurm.calls(of: "scancel").count == 4)
    #expect(outcome.failures.last == "26 more were not asked to end")
  }

  @Test func aComplaintIsHeldAgainstTheJobThatItNames() async throws {
    let lines = [
      QueueLine(id: 7, index: "0-9", state: "PENDING"),
      QueueLine(id: 77, index: "0-9", state: "PENDING", name: "b.Abcdef123456"),
    ]
    let slurm = FakeSlurm { command in
      command.executable == "squeue"
        ? .success(queueText(lines))
        : .failure("scancel: error: Kill job error on job id 77_[1]: Access/permission denied")
    }
    let outcome = await cancel(
      slurm, [reference(index: 1), reference("b.Abcdef123456", id: 77, index: 1)])
    #expect(outcome.asked == [reference(index: 1)] && outcome.failures.count == 1)
  }

  @Test func anAbsentControllerIsSaid() async throws {
    let words = "slurm_load_jobs error: Unable to contact slurm controller (connect failure)"
    let outcome = await cancel(FakeSlurm { _ in .failure(words) }, [reference()])
    #expect(outcome.isUnreachable && outcome.asked.isEmpty && outcome.failures.count == 1)
  }

  @Test(arguments: [
    ("scancel: error: Kill job error on job id 7: Access/permission denied", 210, false),
    (
      "scancel: error: Kill job error on job id 7: Unable to contact slurm controller (connect "
        + "failure)", 8, true
    ),
    ("", 1, false),
  ])
  func whatScancelComplainsOf(_ words: String, _ code: Int, _ isUnreachable: Bool) async throws {
    let slurm = FakeSlurm { command in
      command.executable == "squeue"
        ? .success(queueText([QueueLine()])) : .failure(words, code: code)
    }
    let outcome = await cancel(slurm, [reference()])
    #expect(outcome.asked.isEmpty && outcome.failures.count == 1)
    #expect(outcome.isUnreachable == isUnreachable)
  }

  @Test(arguments: [
    "scancel: error: Kill job error on job id 7: Invalid job id specified",
    "scancel: error: Kill job error on job id 7: Job/step already completing or completed",
  ])
  func endingMeanwhileIsNothingWrong(_ words: String) async throws {
    let slurm = FakeSlurm { command in
      command.executable == "squeue" ? .success(queueText([QueueLine()])) : .failure(words)
    }
    #expect(await cancel(slurm, [reference()]).failures.isEmpty)
  }
}
