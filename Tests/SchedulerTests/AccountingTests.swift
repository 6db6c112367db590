import Foundation
import Scheduler
import TestSupport
import Testing

/// A cluster with slurmdbd and MariaDB, whose squeue has forgotten what ended.
@Suite struct AccountingTests {
  /// Asks accounting until the job is in this phase.
  private func wait(
    _ executor: SlurmExecutor, _ job: JobReference, _ phase: JobPhase
  ) async throws -> JobObservation {
    try await eventually(every: .milliseconds(200)) {
      let answer = await executor.observe([job])
      guard answer.isComplete, answer.hasAccounting else {
        throw TestFailure("\(answer.warnings)")
      }
      return answer.jobs.first { $0.phase == phase }
    }
  }

  @Test func whatEndedIsFoundInAccounting() async throws {
    let cluster = try await TestCluster.withAccounting()
    let jobs = try RealJobs(cluster)
    let records = SlurmExecutor(environment: cluster.environment, runner: ForgetfulQueue())
    let done = try await jobs.submit(jobs.request("true"))
    let failed = try await jobs.submit(jobs.request("exit 75"))
    let killed = try await jobs.submit(jobs.request("kill -15 $$"))
    let end = try await wait(records, done, .completed)
    #expect(end.exitCode == 0 && end.nodes?.hasPrefix("n") == true)
    #expect(abs(try #require(end.endTime) - Date().timeIntervalSince1970) < 60)
    #expect(try await wait(records, failed, .failed).exitCode == 75)
    #expect(try await wait(records, killed, .failed).signal == 15)
  }

  @Test func whatNeverStartedIsFoundToo() async throws {
    let cluster = try await TestCluster.withAccounting()
    let jobs = try RealJobs(cluster)
    let records = SlurmExecutor(environment: cluster.environment, runner: ForgetfulQueue())
    let held = try await jobs.submit(jobs.request("true", options: "--hold"))
    let array = try await jobs.submit(jobs.request("sleep 300", array: "0-9%1"))
    try await jobs.wait(for: array.task(0), .running)
    #expect(await jobs.executor.cancel([held, array]).failures.isEmpty)
    let end = try await wait(records, held, .cancelled)
    #expect(end.startTime == nil && end.reason?.hasPrefix("CANCELLED by") == true)
    // The start and the end of a task reach the books one after the other.
    try await eventually {
      try await wait(records, array.task(0), .cancelled).startTime != nil
    }
    #expect(try await wait(records, array.task(9), .cancelled).startTime == nil)
  }

  @Test func ofARequeuedJobTheLastStartCounts() async throws {
    let cluster = try await TestCluster.withAccounting()
    let jobs = try RealJobs(cluster)
    let records = SlurmExecutor(environment: cluster.environment, runner: ForgetfulQueue())
    let job = try await jobs.submit(
      jobs.request("[ -n \"$SLURM_RESTART_COUNT\" ] || sleep 300; exit 4", options: "--requeue"))
    try await jobs.wait(for: job, .running)
    try await jobs.cluster.slurm("scontrol", "requeue", "\(try #require(job.jobID))")
    try await jobs.wait(for: job, .failed)
    #expect(try await wait(records, job, .failed).exitCode == 4)
  }

  @Test(arguments: ["--account=nobody", "--qos=none"])
  func refusals(_ option: String) async throws {
    let jobs = try RealJobs(await TestCluster.withAccounting())
    let outcome = await jobs.executor.submit(try jobs.request("true", options: option))
    guard case .refused(_, let hint) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    #expect(hint?.contains("sacctmgr") == true)
  }

  @Test func accountingThatIsDownIsSaidAndHoldsNothingUp() async throws {
    let cluster = try await TestCluster.private(accounting: true)
    let jobs = try RealJobs(cluster)
    let records = SlurmExecutor(environment: cluster.environment, runner: ForgetfulQueue())
    let job = try await jobs.submit(jobs.request("exit 5"))
    try await jobs.wait(for: job, .failed)
    try await cluster.crash(.accounting)
    let answer = await records.observe([job])
    #expect(answer.isComplete && answer.accounting == .failed && answer.jobs.isEmpty)
    #expect(answer.warnings.count == 1 && answer.warnings[0].contains("finished jobs"))
    // The queue, submission and cancellation work on.
    let late = try await jobs.submit(jobs.request("exit 6"))
    #expect(try await jobs.wait(for: late, .failed).exitCode == 6)
    // Its records arrive once slurmdbd is back.
    try await cluster.restore()
    #expect(try await wait(records, late, .failed).exitCode == 6)
    try await cluster.stop()
  }
}
