import Scheduler
import Testing

/// Live jobs under our tokens that nobody asked for, and which tokens are known at all.
@Suite struct StrangerTests {
  private let ours = "exp.abcdefghijk1"

  private func discover(_ lines: [QueueLine], besides jobs: [JobReference] = []) async
    -> Observation
  {
    await SlurmExecutor(environment: [:], runner: fakeSlurm(queue: lines))
      .observe(jobs, discovering: true)
  }

  @Test func withoutAJobTheQueueAloneIsAsked() async {
    let slurm = fakeSlurm(queue: [QueueLine(restarts: "1", name: ours)])
    let answer = await SlurmExecutor(environment: [:], runner: slurm)
      .observe([], discovering: true)
    #expect(slurm.calls(of: "squeue").count == 1 && slurm.commands.count == 1)
    #expect(answer.jobs.isEmpty && answer.isComplete)
    #expect(answer.strangers.map(\.token) == [ours] && answer.strangers.first?.restarts == 1)
    #expect(answer.strangers.first?.phase == .running)
  }

  @Test func onlyWhereTheyAreAskedForAndOnlyLiveOnesUnderOurNames() async {
    let lines = [
      QueueLine(id: 1, name: ours), QueueLine(id: 2, state: "COMPLETED", name: "a.abcdefghijk2"),
      QueueLine(id: 3, name: "a.ABCDEFGHIJKL"), QueueLine(id: 4, name: ".abcdefghijk2"),
      QueueLine(id: 5, name: "a-abcdefghijk2"), QueueLine(id: 6, name: "a.abcdefghijk23"),
      QueueLine(id: 7, name: "a.b.c-d.abcdefghijk2"), QueueLine(id: 8, name: "a.abcdefghij\u{E4}"),
    ]
    #expect(await discover(lines).strangers.map(\.jobID) == [1, 7])
    let plain = await SlurmExecutor(environment: [:], runner: fakeSlurm(queue: lines))
      .observe([reference(ours, id: 1)])
    #expect(plain.strangers.isEmpty && plain.jobs.count == 1)
  }

  @Test func whatWasAskedForIsNoStranger() async {
    let lines = [
      QueueLine(index: "0", state: "PENDING", restarts: "1", name: ours),
      QueueLine(index: "1", name: ours), QueueLine(index: "4-9%2", state: "PENDING", name: ours),
    ]
    let one = await discover(lines, besides: [reference(ours, index: 1)])
    #expect(one.jobs.map(\.arrayIndex) == [1])
    // Tasks that wait for their first start stand together.
    #expect(one.strangers.map(\.arrayIndex) == [0, nil])
    #expect(one.strangers.map(\.phase) == [.requeued, .pending])
    let some = await discover(lines, besides: [reference(ours, index: 5)])
    #expect(some.strangers.map(\.arrayIndex) == [0, 1])
    #expect(await discover(lines, besides: [reference(ours)]).strangers.isEmpty)
  }

  @Test func whatHasEndedAfterAnotherStartIsSaid() async {
    let lines = [
      QueueLine(id: 1, state: "COMPLETED", restarts: "1", name: ours),
      QueueLine(id: 2, state: "FAILED", restarts: "0", name: "a.abcdefghijk2"),
      QueueLine(id: 3, index: "4", state: "FAILED", restarts: "2", name: "b.abcdefghijk2"),
    ]
    let answer = await discover(lines)
    #expect(answer.strangers.isEmpty && answer.endedAgain.map(\.jobID) == [1, 3])
    #expect(answer.endedAgain.map(\.arrayIndex) == [nil, 4])
    #expect(await discover(lines, besides: [reference(ours, id: 1)]).endedAgain.map(\.jobID) == [3])
  }

  @Test func requeuedTasksInOneRowAreNamedOneByOne() async {
    let line = QueueLine(index: "3,5-6", state: "PENDING", restarts: "1", name: ours)
    let answer = await discover([line], besides: [reference(ours, index: 5)])
    #expect(answer.strangers.map(\.arrayIndex) == [3, 6])
  }

  @Test func knownTokensAreThoseOfTheQueueAndOfAccounting() async {
    let slurm = fakeSlurm(
      queue: [QueueLine(index: "1", state: "COMPLETED", name: ours)],
      accounting: [["9", "FAILED", "1", "2", "3", "1:0", "n1", "a.abcdefghijk2"]])
    let answer = await SlurmExecutor(environment: [:], runner: slurm).observe([
      reference(ours, index: 0), reference("a.abcdefghijk2", id: 9),
      reference("a.abcdefghijk3", id: 10),
    ])
    #expect(answer.knownTokens == [ours, "a.abcdefghijk2"])
  }
}

@Suite struct SiteFactTests {
  private func facts(_ text: String) async throws -> SlurmSiteFacts {
    try await SlurmExecutor(environment: [:], runner: FakeSlurm { _ in .success(text) }).siteFacts()
  }

  @Test func whatTheConfigurationSays() async throws {
    let text = """
      Configuration data as of 2026-11-23T00:41:46
      JobRequeue              = 0
      KillWait                = 7 sec
      MaxArraySize            = 20001
      MaxJobCount             = 40000
      MinJobAge               = 2 sec
      """
    #expect(
      try await facts(text)
        == SlurmSiteFacts(
          maxArraySize: 20_001, maxJobCount: 40_000, minJobAge: 2, jobRequeue: false, killWait: 7))
  }

  /// An array has at most so many tasks as each of three settings allows.
  @Test(arguments: [
    ("MaxArraySize = 1001\nSchedulerParameters = bf_continue,max_array_tasks=400\n", 400),
    ("SchedulerParameters = MAX_ARRAY_TASKS=5000\nMaxArraySize = 1001\n", 1001),
    ("MaxArraySize = 1001\nMaxJobCount = 300\nSchedulerParameters = (null)\n", 300),
    ("MaxArraySize = 0\n", 1),
  ])
  func anArrayHasAsManyTasksAsTheSiteAllows(_ text: String, _ most: Int) async throws {
    #expect(try await facts(text).mostTasks == most)
  }

  @Test func whatIsMissingIsSlurmsDefaultAndNoTextIsAnError() async throws {
    #expect(try await facts("MaxArraySize = 1001\n") == SlurmSiteFacts())
    await #expect(throws: SlurmFailure.self) { try await facts("a banner\n") }
  }
}
