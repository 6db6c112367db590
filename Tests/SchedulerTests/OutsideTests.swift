import Foundation
import Scheduler
import TestSupport
import Testing

/// What others do to our jobs behind our back, on a real cluster.
@Suite struct OutsideTests {
  private func jobs() async throws -> RealJobs { try RealJobs(await TestCluster.shared()) }

  private func scancel(_ jobs: RealJobs, _ text: String) async throws {
    try await jobs.cluster.slurm("scancel", text)
  }

  @Test func aWaitingTaskThatIsCancelledLeavesNoTraceInAnArrayThatIsStillKnown() async throws {
    let jobs = try await jobs()
    let array = try await jobs.submit(jobs.request("true", options: "--hold", array: "0-4"))
    let id = try #require(array.jobID)
    try await scancel(jobs, "\(id)_2")
    try await eventually { try await jobs.look(array.task(2)) == nil }
    let answer = await jobs.executor.observe((0..<5).map { array.task($0) })
    #expect(answer.isComplete && answer.knownTokens.contains(array.token))
    #expect(Set(answer.jobs.map(\.arrayIndex)) == [0, 1, 3, 4])
    #expect(answer.jobs.allSatisfy { $0.phase == .pending })
    _ = await jobs.executor.cancel([array])
  }

  @Test func aRunningTaskAndThenTheWholeJob() async throws {
    let jobs = try await jobs()
    let array = try await jobs.submit(jobs.request("exec sleep 300", array: "0-6%2"))
    let id = try #require(array.jobID)
    try await jobs.wait(for: array.task(0), .running)
    try await jobs.wait(for: array.task(1), .running)
    try await scancel(jobs, "\(id)_0")
    let end = try await jobs.wait(for: array.task(0), .cancelled)
    #expect(end.startTime != nil && end.endTime != nil && end.signal == 15)
    #expect(try await jobs.look(array.task(1))?.phase == .running)
    try await scancel(jobs, "\(id)")
    for index in [1, 3, 6] { try await jobs.wait(for: array.task(index), .cancelled) }
    // Those that never started have no time of a start.
    #expect(try await jobs.look(array.task(6))?.startTime == nil)
  }

  @Test func aJobThatIsRequeuedAfterItsEndIsAStranger() async throws {
    let jobs = try await jobs()
    var request = try jobs.request(
      "[ -n \"$SLURM_RESTART_COUNT\" ] && exec sleep 300; exit 3", options: "--requeue")
    let token = "outside.\(RealJobs.newToken().suffix(12).lowercased())"
    request.script = try jobs.scratch.write(
      (jobs.scratch.read("\(request.token).sh") ?? "")
        .replacingOccurrences(of: request.token, with: token), to: "again.sh")
    request.token = token
    let job = try await jobs.submit(request)
    try await jobs.wait(for: job, .failed)
    func stranger() async throws -> JobObservation? {
      await jobs.executor.observe([], discovering: true).strangers.first { $0.token == token }
    }
    #expect(try await stranger() == nil)
    try await jobs.cluster.slurm("scontrol", "requeue", "\(try #require(job.jobID))")
    let again = try await eventually { try await stranger() }
    #expect(again.jobID == job.jobID && again.restarts == 1)
    #expect(!again.phase.isTerminal)
    #expect(await jobs.executor.cancel([job]).failures.isEmpty)
    try await eventually { try await stranger() == nil }
  }

  @Test func aThousandTasksHereAndThereAreCancelledByOneCall() async throws {
    let jobs = try await jobs()
    let array = try await jobs.submit(jobs.request("true", options: "--hold", array: "0-1999"))
    let odd = stride(from: 1, to: 2000, by: 2).map { array.task($0) }
    let outcome = await jobs.executor.cancel(odd)
    #expect(outcome.asked.count == 1000 && outcome.failures.isEmpty)
    try await eventually {
      let answer = await jobs.executor.observe((0..<2000).map { array.task($0) })
      guard answer.isComplete else { throw TestFailure("\(answer.warnings)") }
      return answer.jobs.allSatisfy { ($0.arrayIndex ?? 1) % 2 == 0 } && answer.jobs.count == 1000
    }
    _ = await jobs.executor.cancel([array])
  }
}
