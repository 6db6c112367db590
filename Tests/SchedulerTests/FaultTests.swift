import Foundation
import Scheduler
import TestSupport
import Testing

/// Real commands behind scripts that lose, delay or spoil their answers.
@Suite struct FaultTests {
  /// An executor whose `PATH` begins with a folder that holds this script under this name.
  private func executor(
    _ jobs: RealJobs, _ name: String, _ body: String,
    limits: SlurmLimits = SlurmLimits()
  ) throws -> SlurmExecutor {
    try jobs.scratch.write("#!/bin/bash\n\(body)\n", to: "bin/\(name)", executable: true)
    var environment = jobs.cluster.environment
    let path = try #require(environment["PATH"])
    environment["PATH"] = "\(jobs.scratch.path)/bin:\(path)"
    environment["HOME"] = jobs.scratch.path
    return SlurmExecutor(environment: environment, limits: limits)
  }

  /// The real command behind a wrapper, which the wrapper itself would find first.
  private let real = "PATH=${PATH#*:} sbatch \"$@\""

  private func unconfirmed(_ name: String, _ body: String, limit: Duration) async throws -> String {
    let jobs = try RealJobs(await TestCluster.shared())
    let request = try jobs.request("sleep 300")
    let faulty = try executor(jobs, "sbatch", body, limits: SlurmLimits(submission: limit))
    let start = ContinuousClock.now
    guard case .unconfirmed(let reason) = await faulty.submit(request) else {
      throw TestFailure("\(name) is not unconfirmed")
    }
    #expect(ContinuousClock.now - start < .seconds(30))
    // The job is there once, and is found by its name alone.
    let job = JobReference(
      token: request.token, jobID: nil, arrayIndex: nil, submitTime: nil, runDirectory: "/none")
    try await eventually { try await jobs.look(job) != nil }
    let names = try await jobs.cluster.slurm("squeue", "--me", "-h", "-o", "%j")
    #expect(names.split(separator: "\n").count { $0 == request.token } == 1)
    #expect(await jobs.executor.cancel([job]).failures.isEmpty)
    return reason
  }

  @Test func theReplyIsLost() async throws {
    let reason = try await unconfirmed(
      "lost",
      "\(real) >/dev/null; echo 'sbatch: error: Batch job submission failed: "
        + "Socket timed out on send/recv operation' >&2; exit 1", limit: .seconds(30))
    #expect(reason.contains("Socket timed out"))
  }

  @Test func sbatchHangsAfterAcceptance() async throws {
    let reason = try await unconfirmed("hanging", "\(real); sleep 600", limit: .seconds(2))
    #expect(reason.contains("did not end in time"))
  }

  @Test func sbatchIsKilledAfterAcceptance() async throws {
    let reason = try await unconfirmed("killed", "\(real); kill -9 $$", limit: .seconds(30))
    #expect(reason.contains("signal 9"))
  }

  @Test func sbatchPrintsSomethingElse() async throws {
    let reason = try await unconfirmed(
      "garbage", "\(real) >/dev/null; echo 'Welcome to the cluster!'", limit: .seconds(30))
    #expect(reason.contains("Welcome"))
  }

  @Test(arguments: [
    "exit 0", "echo", #"echo '{"jobs": [], "errors": [{"error": "Unable to contact"}]}'"#,
    "PATH=${PATH#*:} squeue \"$@\" | head -c 50", "echo slurm_load_jobs error",
    "exit 1", "kill -9 $$", "sleep 600",
  ])
  func squeueThatDoesNotAnswerHidesNothing(_ body: String) async throws {
    let jobs = try RealJobs(await TestCluster.shared())
    let job = try await jobs.submit(jobs.request("sleep 300", options: "--hold"))
    // Short enough to wait for where squeue hangs, long enough for a real sacct on a busy machine.
    let limit: Duration = body == "sleep 600" ? .seconds(8) : .seconds(30)
    let faulty = try executor(jobs, "squeue", body, limits: SlurmLimits(query: limit))
    let answer = await faulty.observe([job])
    #expect(!answer.isComplete && answer.jobs.isEmpty && answer.warnings.count == 1)
    let outcome = await faulty.cancel([job])
    #expect(outcome.asked.isEmpty && outcome.failures.count == 1)
    #expect(try await jobs.look(job)?.phase == .pending)
    _ = await jobs.executor.cancel([job])
  }

  @Test func slurmIsNotInstalled() async throws {
    let scratch = try Scratch()
    let executor = SlurmExecutor(environment: ["PATH": scratch.path])
    #expect(await executor.availability() == .notInstalled)
    let request = SubmissionRequest(
      token: "t", script: scratch("s"), directory: scratch.path, workingDirectory: scratch.path,
      tasks: [], isArray: false)
    guard case .unreachable(let reason) = await executor.submit(request) else {
      Issue.record("submitted without sbatch")
      return
    }
    #expect(reason.contains("sbatch was not found"))
    #expect(await executor.observe([reference()]).isComplete == false)
  }

  @Test func aConfigurationThatIsMissing() async throws {
    var environment = plainEnvironment
    environment["SLURM_CONF"] = "/nonexistent/slurm.conf"
    let executor = SlurmExecutor(
      environment: environment,
      limits: SlurmLimits(
        submission: .seconds(2), query: .seconds(2), availability: .seconds(8)))
    let start = ContinuousClock.now
    guard case .notReachable(let words) = await executor.availability() else {
      Issue.record("available without a configuration")
      return
    }
    #expect(words.contains("/nonexistent/slurm.conf"))
    // Slurm's own command would go on looking for a minute.
    #expect(ContinuousClock.now - start < .seconds(40))
    let scratch = try Scratch()
    let script = try scratch.write("#!/bin/bash\n", to: "s.sh")
    let request = SubmissionRequest(
      token: "t", script: script, directory: scratch.path, workingDirectory: scratch.path,
      tasks: [], isArray: false)
    guard case .unreachable = await executor.submit(request) else {
      Issue.record("submitted without a configuration")
      return
    }
  }
}
