import Foundation
import Scheduler
import TestSupport
import Testing

/// The executor on a real Slurm cluster without accounting.
@Suite struct RealClusterTests {
  private func jobs() async throws -> RealJobs { try RealJobs(await TestCluster.shared()) }

  @Test func fromPendingToCompleted() async throws {
    let jobs = try await jobs()
    let job = try await jobs.submit(
      jobs.request("until [ -e go ]; do sleep 0.05; done", options: "--hold"))
    let pending = try await jobs.wait(for: job, .pending)
    #expect(pending.reason == "JobHeldUser" && pending.startTime == nil && pending.exitCode == nil)
    try await jobs.cluster.slurm("scontrol", "release", "\(try #require(job.jobID))")
    let running = try await jobs.wait(for: job, .running)
    #expect(running.nodes?.hasPrefix("n") == true && running.endTime == nil)
    try jobs.scratch.write("", to: "go")
    let done = try await jobs.wait(for: job, .completed)
    #expect(done.exitCode == 0 && done.signal == nil)
    let start = try #require(done.startTime), end = try #require(done.endTime)
    let submitted = try #require(done.submitTime)
    #expect(submitted <= start && start <= end)
    #expect(abs(submitted - Date().timeIntervalSince1970) < 60)
  }

  @Test func theExitCodeIsTheScripts() async throws {
    let jobs = try await jobs()
    let failed = try await jobs.submit(jobs.request("exit 86"))
    let killed = try await jobs.submit(jobs.request("kill -9 $$"))
    let end = try await jobs.wait(for: failed, .failed)
    #expect(end.exitCode == 86 && end.signal == nil && end.reason == "NonZeroExitCode")
    #expect(try await jobs.wait(for: killed, .failed).signal == 9)
  }

  @Test func anArraysTasksAreSeenEachAndCancelledEach() async throws {
    let jobs = try await jobs()
    let array = try await jobs.submit(
      jobs.request("[ $SLURM_ARRAY_TASK_ID != 1 ] || exit 3; sleep 300", array: "0-9%2"))
    #expect(try await jobs.wait(for: array.task(1), .failed).exitCode == 3)
    try await jobs.wait(for: array.task(0), .running)
    try await jobs.wait(for: array.task(2), .running)
    #expect(try await jobs.look(array.task(9))?.phase == .pending)

    // Waiting tasks leave no trace; the others wait on.
    let asked = [4, 5, 8].map(array.task)
    let waiting = await jobs.executor.cancel(asked)
    #expect(waiting.asked == asked && waiting.failures.isEmpty)
    let rest = await jobs.executor.observe([3, 4, 5, 6, 7, 8, 9].map(array.task))
    #expect(rest.jobs.compactMap(\.arrayIndex) == [3, 6, 7, 9])
    #expect(rest.jobs.allSatisfy { $0.phase == .pending })

    let running = await jobs.executor.cancel([array.task(0)])
    #expect(running.failures.isEmpty)
    try await jobs.wait(for: array.task(0), .cancelled)
    #expect(try await jobs.look(array.task(2))?.phase == .running)

    let all = await jobs.executor.cancel([array])
    #expect(all.failures.isEmpty)
    try await jobs.wait(for: array.task(2), .cancelled)
    // What never started is now in one row for all.
    for index in [6, 7, 9] { try await jobs.wait(for: array.task(index), .cancelled) }
    #expect(try await jobs.look(array.task(1))?.phase == .failed)
  }

  @Test func aWaitingJobIsCancelled() async throws {
    let jobs = try await jobs()
    let job = try await jobs.submit(jobs.request("sleep 300", options: "--hold"))
    #expect(await jobs.executor.cancel([job]).failures.isEmpty)
    let end = try await jobs.wait(for: job, .cancelled)
    #expect(end.startTime == nil && end.nodes == nil)
    let again = await jobs.executor.cancel([job])
    #expect(again.asked.isEmpty && again.failures.count == 1)
  }

  @Test func anIdThatAnotherJobHasIsNeverHit() async throws {
    let jobs = try await jobs()
    let others = try await jobs.submit(jobs.request("sleep 300"))
    try await jobs.wait(for: others, .running)
    var ours = others
    ours.token = RealJobs.newToken()
    let outcome = await jobs.executor.cancel([ours, ours.task(0)])
    #expect(outcome.asked.isEmpty && outcome.failures.count == 2)
    #expect(try await jobs.look(ours) == nil)
    #expect(try await jobs.look(others)?.phase == .running)
    _ = await jobs.executor.cancel([others])
  }

  @Test func anUnknownIdIsSaid() async throws {
    let jobs = try await jobs()
    let unknown = JobReference(
      token: RealJobs.newToken(), jobID: 987_654_321, arrayIndex: nil, submitTime: nil,
      runDirectory: "/none")
    let outcome = await jobs.executor.cancel([unknown])
    #expect(outcome.asked.isEmpty && outcome.failures.count == 1 && !outcome.isUnreachable)
    #expect(try await jobs.look(unknown) == nil)
    #expect(try await jobs.executor.describe(jobID: 987_654_321) == nil)
  }

  @Test func aForeignJobIsDescribedAndCancelled() async throws {
    let jobs = try await jobs()
    let id = try #require(
      Int(
        try await jobs.cluster.slurm(
          "sbatch", "--parsable", "--array=0-2", "--hold", "-J", "some\"name|x", "-o", "/dev/null",
          "--wrap", "sleep 300")))
    let job = try #require(try await jobs.executor.describe(jobID: id))
    #expect(job.name == "some\"name|x" && job.owner == NSUserName() && job.partition == "cpu")
    #expect(job.isLive && job.state == "PENDING" && job.submitTime != nil)
    #expect(try await jobs.executor.describe(jobID: id, arrayIndex: 7) == nil)
    #expect(await jobs.executor.cancelForeign(jobID: id, arrayIndex: 1).failures.isEmpty)
    try await eventually { try await jobs.executor.describe(jobID: id, arrayIndex: 1) == nil }
    #expect(try await jobs.executor.describe(jobID: id, arrayIndex: 2)?.isLive == true)
    #expect(await jobs.executor.cancelForeign(jobID: id).failures.isEmpty)
    try await eventually { try await jobs.executor.describe(jobID: id)?.isLive == false }
  }

  @Test func requeueByAnAdministrator() async throws {
    let jobs = try await jobs()
    let job = try await jobs.submit(
      jobs.request("[ -n \"$SLURM_RESTART_COUNT\" ] || sleep 300", options: "--requeue"))
    let first = try await jobs.wait(for: job, .running)
    // Times are whole seconds.
    try await Task.sleep(for: .milliseconds(1100))
    try await jobs.cluster.slurm("scontrol", "requeue", "\(try #require(job.jobID))")
    let waiting = try await jobs.wait(for: job, .requeued)
    #expect(try #require(waiting.submitTime) > (try #require(first.submitTime)))
    #expect(waiting.startTime == nil)
    #expect(try await jobs.wait(for: job, .completed).submitTime == waiting.submitTime)
  }

  @Test func nothingInheritedReachesTheJob() async throws {
    let cluster = try await TestCluster.shared()
    var inherited = cluster.environment
    inherited.merge([
      "SBATCH_PARTITION": "gpu", "SBATCH_EXPORT": "ALL", "SLURM_CPU_BIND": "cores",
      "SLURM_TIME_FORMAT": "relative", "SECRET_OF_THE_SHELL": "s",
    ]) { $1 }
    let jobs = try RealJobs(cluster)
    let job = try jobs.request("env > environment")
    let executor = SlurmExecutor(environment: inherited)
    guard case .accepted(let id) = await executor.submit(job) else { throw TestFailure("refused") }
    let reference = JobReference(
      token: job.token, jobID: id, arrayIndex: nil, submitTime: nil, runDirectory: "/none")
    try await jobs.wait(for: reference, .completed)
    let environment = try #require(jobs.scratch.read("environment"))
    #expect(environment.contains("SLURM_JOB_PARTITION=cpu"))
    for name in ["SBATCH_", "SLURM_CPU_BIND=", "SLURM_TIME_FORMAT", "SECRET_OF_THE_SHELL"] {
      #expect(!environment.contains("\n\(name)"), "\(name)")
    }
  }

  @Test func theSiteIsKnown() async throws {
    let executor = try await jobs().executor
    #expect(await executor.availability() == .available)
    #expect(try await executor.maxArraySize() == 20_001)
    let partitions = try await executor.partitions()
    #expect(Set(partitions.map(\.name)) == ["cpu", "gpu", "all", "low", "high"])
    #expect(partitions.filter(\.isDefault).map(\.name) == ["cpu"])
    #expect(partitions.first { $0.name == "gpu" }?.timeLimit == "1:00:00")
  }

  @Test(arguments: [
    ("--partition=cpuu", "did you mean cpu?"), ("--time=soon", "sbatch --help"),
    ("--no-such-option=1", "does not know"), ("--mem=lots", "sbatch --help"),
    ("--constraint=haswell", "features"), ("--gres=fpga:1", "GPUs"), ("--nodelist=n99", "nodes"),
    ("--reservation=none", "reservation"), ("--mem=900G", "memory"),
    ("--dependency=afterok:99999999x", "wait"), ("--array=0-99999", "MaxArraySize"),
    ("--licenses=none", "licenses"),
  ])
  func refusals(_ option: String, _ hint: String) async throws {
    let jobs = try await jobs()
    let outcome = await jobs.executor.submit(try jobs.request("true", options: option))
    guard case .refused(let reason, let advice) = outcome else {
      Issue.record("\(option): \(outcome)")
      return
    }
    #expect(!reason.isEmpty && advice?.contains(hint) == true, "\(reason) \(advice ?? "")")
  }

  @Test func aScriptThatIsNone() async throws {
    let jobs = try await jobs()
    var request = try jobs.request("true")
    for text in ["", "echo no interpreter\n", "#!/bin/bash\r\ntrue\r\n"] {
      request.script = try jobs.scratch.write(text, to: "bad.sh")
      guard case .refused = await jobs.executor.submit(request) else {
        Issue.record("\(text)")
        continue
      }
    }
    request.script = jobs.scratch("missing.sh")
    guard case .refused = await jobs.executor.submit(request) else {
      Issue.record("a missing script")
      return
    }
  }
}
