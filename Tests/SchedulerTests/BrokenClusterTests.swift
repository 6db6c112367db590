import Foundation
import Scheduler
import TestSupport
import Testing

/// Clusters that are broken on purpose, each test its own.
@Suite struct BrokenClusterTests {
  @Test func aControllerThatIsDown() async throws {
    let cluster = try await TestCluster.private()
    let jobs = try RealJobs(cluster)
    let job = try await jobs.submit(jobs.request("sleep 300"))
    try await jobs.wait(for: job, .running)
    try await cluster.crash(.controller)

    let start = ContinuousClock.now
    guard case .unreachable(let reason) = await jobs.executor.submit(try jobs.request("true"))
    else {
      Issue.record("submitted to nobody")
      return
    }
    #expect(reason.contains("Unable to contact slurm controller"))
    let answer = await jobs.executor.observe([job])
    #expect(!answer.isComplete && answer.jobs.isEmpty && answer.warnings.count == 1)
    let cancelled = await jobs.executor.cancel([job])
    #expect(cancelled.isUnreachable && cancelled.asked.isEmpty && cancelled.failures.count == 1)
    guard case .notReachable = await jobs.executor.availability() else {
      Issue.record("available")
      return
    }
    // Four commands at MessageTimeout - 1 s (4 s here) each, on a machine that may be very busy.
    #expect(ContinuousClock.now - start < .seconds(240))
    try await cluster.stop()
  }

  @Test func aFrozenControllerTakesTheJobAndTheReplyIsLost() async throws {
    let cluster = try await TestCluster.private()
    let jobs = try RealJobs(cluster)
    let request = try jobs.request("echo ran >> ran; sleep 300")
    try cluster.send(SIGSTOP, to: .controller)
    let outcome = await jobs.executor.submit(request)
    try cluster.send(SIGCONT, to: .controller)
    guard case .unconfirmed(let reason) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    #expect(reason.contains("Socket timed out"))
    // It was accepted all the same, and is found by its name.
    let job = JobReference(
      token: request.token, jobID: nil, arrayIndex: nil, submitTime: nil, runDirectory: "/none")
    let found = try await jobs.wait(for: job, .running)
    #expect(found.jobID > 0)
    // Slurm calls a job running before its script has done anything.
    try await eventually { jobs.scratch.read("ran") != nil }
    #expect(await jobs.executor.cancel([job]).failures.isEmpty)
    try await jobs.wait(for: job, .cancelled)
    #expect(jobs.scratch.read("ran") == "ran\n")
    try await cluster.stop()
  }

  /// A controller that dies before it saves its state forgets what it has accepted, and gives the id
  /// to the next job.
  @Test func aForgottenJobsIdIsUsedAgain() async throws {
    let cluster = try await TestCluster.private()
    let jobs = try RealJobs(cluster)
    var pairs: [(forgotten: JobReference, other: JobReference)] = []
    for _ in 0..<4 where pairs.isEmpty {
      let ours = try await jobs.submit(jobs.request("true", options: "--hold", array: "0-3"))
      try await cluster.crash(.controller)
      try await cluster.restore()
      let other = try await jobs.submit(jobs.request("true", options: "--hold", array: "0-3"))
      if other.jobID == ours.jobID { pairs.append((ours, other)) }
    }
    // Whether it was forgotten is for the controller's luck; that it can be is seen here.
    let (ours, other) = try #require(pairs.first)
    for job in [ours, ours.task(1)] {
      let answer = await jobs.executor.observe([job])
      #expect(answer.isComplete && answer.jobs.isEmpty)
      #expect(!answer.knownTokens.contains(job.token))
      let outcome = await jobs.executor.cancel([job])
      #expect(outcome.asked.isEmpty && outcome.failures.count == 1)
    }
    // Neither was the job hurt that has the id now.
    #expect(try await jobs.look(other.task(1))?.phase == .pending)
    #expect(try await jobs.look(other.task(1))?.jobID == ours.jobID)
    try await cluster.stop()
  }

  /// The script goes on without the controller, which may start it once more when it comes back with
  /// an older state: that only one of the two trains is for the run's claim to see to.
  @Test func aControllerThatIsKilledWhileAJobRuns() async throws {
    let cluster = try await TestCluster.private()
    let jobs = try RealJobs(cluster)
    let job = try await jobs.submit(
      jobs.request("until [ -e go ]; do sleep 0.1; done", options: "--no-requeue")
    )
    try await jobs.wait(for: job, .running)
    try await cluster.crash(.controller)
    #expect(await jobs.executor.observe([job]).isComplete == false)
    try await cluster.restore()
    // Known again or forgotten: it is never said to have come to a good end while its script runs. (A
    // controller that finds the job on no list of its own may end it.)
    let answer = await jobs.executor.observe([job])
    #expect(answer.isComplete && answer.jobs.allSatisfy { $0.phase != .completed })
    #expect(answer.jobs.allSatisfy { $0.token == job.token })
    try jobs.scratch.write("", to: "go")
    try await eventually(within: .seconds(60)) {
      let answer = await jobs.executor.observe([job])
      return answer.isComplete && answer.jobs.allSatisfy { $0.phase.isTerminal }
    }
    try await cluster.stop()
  }

  @Test func preemptionByAHigherPartition() async throws {
    let cluster = try await TestCluster.private()
    let jobs = try RealJobs(cluster)
    let low = try await jobs.submit(
      jobs.request(
        "[ -n \"$SLURM_RESTART_COUNT\" ] || sleep 300", options: "--partition=low", "--ntasks=32",
        "--requeue"))
    try await jobs.wait(for: low, .running)
    let high = try await jobs.submit(
      jobs.request(
        "until [ -e go ]; do sleep 0.05; done", options: "--partition=high", "--ntasks=32"))
    try await jobs.wait(for: high, .running)
    try await jobs.wait(for: low, .requeued)
    try jobs.scratch.write("", to: "go")
    try await jobs.wait(for: high, .completed)
    try await jobs.wait(for: low, .completed)
    try await cluster.stop()
  }

  @Test func aNodeThatFails() async throws {
    let cluster = try await TestCluster.private(settings: ["CLUSTER_NODES": "1"])
    let jobs = try RealJobs(cluster)
    let job = try await jobs.submit(jobs.request("sleep 300", options: "--no-requeue"))
    try await jobs.wait(for: job, .running)
    try await cluster.slurm("scontrol", "update", "nodename=n1", "state=down", "reason=test")
    try await jobs.wait(for: job, .nodeFailed)
    try await cluster.stop()
  }

  @Test func aNodeThatFailsGivesAJobBackThatMayBeRequeued() async throws {
    let cluster = try await TestCluster.private(settings: ["CLUSTER_NODES": "1"])
    let jobs = try RealJobs(cluster)
    let job = try await jobs.submit(
      jobs.request("[ -n \"$SLURM_RESTART_COUNT\" ] || sleep 300", options: "--requeue"))
    try await jobs.wait(for: job, .running)
    try await cluster.slurm("scontrol", "update", "nodename=n1", "state=down", "reason=test")
    // A node may come back by itself, and cannot be resumed then; or still be ending the old job. Until
    // the job has come to its good end it is never said to have ended.
    try await eventually(within: .seconds(90), every: .milliseconds(300)) {
      let seen = try #require(try await jobs.look(job))
      if seen.phase == .completed { return true }
      #expect(!seen.phase.isTerminal && seen.endTime == nil && seen.exitCode == nil, "\(seen)")
      try await run(
        "scontrol", ["update", "nodename=n1", "state=resume"], environment: cluster.environment)
      return false
    }
    #expect(try await jobs.wait(for: job, .completed, within: .seconds(60)).restarts == 1)
    try await cluster.stop()
  }

  /// Nobody says that the node is gone: the controller finds out by its silence.
  @Test func aNodeWhoseDaemonDies() async throws {
    let cluster = try await TestCluster.private(settings: [
      "CLUSTER_NODES": "1", "CLUSTER_EXTRA": "SlurmdTimeout=5",
    ])
    let jobs = try RealJobs(cluster)
    let lasting = try await jobs.submit(jobs.request("sleep 300", options: "--no-requeue"))
    let again = try await jobs.submit(jobs.request("sleep 300", options: "--requeue"))
    for job in [lasting, again] { try await jobs.wait(for: job, .running) }
    try await cluster.crash(.firstNode)
    try await jobs.wait(for: lasting, .nodeFailed, within: .seconds(90))
    #expect(try await jobs.wait(for: again, .requeued, within: .seconds(90)).restarts == 1)
    try await cluster.stop()
  }

  @Test func moreThanTheSiteHasIsRefusedWhereItEnforcesItsLimits() async throws {
    let cluster = try await TestCluster.private(settings: [
      "CLUSTER_EXTRA": "EnforcePartLimits=ALL", "CLUSTER_NODES": "2",
    ])
    let jobs = try RealJobs(cluster)
    for option in ["--nodes=99", "--cpus-per-task=64", "--ntasks=1000"] {
      let outcome = await jobs.executor.submit(try jobs.request("true", options: option))
      guard case .refused(_, .some) = outcome else {
        Issue.record("\(option): \(outcome)")
        continue
      }
    }
    let long = try jobs.request("true", options: "--partition=gpu", "--time=3000")
    guard case .refused(_, .some) = await jobs.executor.submit(long) else {
      Issue.record("a time that is too long")
      return
    }
    try await cluster.stop()
  }
}
