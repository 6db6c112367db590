import Foundation
import Scheduler
import TestSupport

/// Makes submissions for a real cluster in a scratch folder.
struct RealJobs {
  let cluster: TestCluster
  let scratch: Scratch
  let executor: SlurmExecutor

  init(_ cluster: TestCluster, runner: any CommandRunner = ProcessRunner()) throws {
    self.cluster = cluster
    scratch = try Scratch()
    executor = SlurmExecutor(environment: cluster.environment, runner: runner)
  }

  /// A script with these options and this body under a new token.
  func request(
    _ body: String, options: String..., array: String? = nil
  ) throws -> SubmissionRequest {
    let token = Self.newToken()
    var lines = ["#!/bin/bash", "#SBATCH --job-name=\(token)"]
    lines += ["#SBATCH --output=\(scratch.path)/\(token)-%a.log", "#SBATCH --open-mode=append"]
    if let array { lines.append("#SBATCH --array=\(array)") }
    lines += options.map { "#SBATCH \($0)" }
    let script = try scratch.write(
      (lines + ["cd \(scratch.path)", body, ""]).joined(separator: "\n"), to: "\(token).sh")
    return SubmissionRequest(
      token: token, script: script, directory: scratch.path, workingDirectory: scratch.path,
      tasks: [TaskRequest(index: 0, runDirectory: scratch.path)], isArray: array != nil)
  }

  static func newToken() -> String {
    let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
    return "exp." + String((0..<12).compactMap { _ in letters.randomElement() })
  }

  /// Submits and expects an id.
  func submit(_ request: SubmissionRequest, index: Int? = nil) async throws -> JobReference {
    let outcome = await executor.submit(request)
    guard case .accepted(let id) = outcome else { throw TestFailure("not accepted: \(outcome)") }
    return JobReference(
      token: request.token, jobID: id, arrayIndex: index,
      submitTime: Date().timeIntervalSince1970, runDirectory: scratch.path)
  }

  /// What is seen of a job, `nil` for nothing.
  func look(_ job: JobReference) async throws -> JobObservation? {
    let answer = await executor.observe([job])
    guard answer.isComplete else { throw TestFailure("incomplete: \(answer.warnings)") }
    return answer.jobs.first
  }

  /// Waits until a job is in this phase.
  @discardableResult
  func wait(
    for job: JobReference, _ phase: JobPhase, within limit: Duration = .seconds(90),
    file: StaticString = #fileID, line: UInt = #line
  ) async throws -> JobObservation {
    var last: JobObservation?
    do {
      return try await eventually(within: limit, every: .milliseconds(100)) {
        last = try await look(job)
        return last?.phase == phase ? last : nil
      }
    } catch {
      throw TestFailure("\(file):\(line): not \(phase) but \(String(describing: last)): \(error)")
    }
  }
}

extension JobReference {
  /// The same job, another task.
  func task(_ index: Int?) -> JobReference {
    var job = self
    job.arrayIndex = index
    return job
  }
}

/// A real Slurm whose squeue has forgotten all jobs, as it does `MinJobAge` after their end.
struct ForgetfulQueue: CommandRunner {
  func run(_ command: Command) async throws(CommandFailure) -> CommandResult {
    var result = try await ProcessRunner().run(command)
    if command.executable == "squeue", let end = result.standardOutput.firstIndex(of: "\n") {
      result.standardOutput = String(result.standardOutput[...end])
    }
    return result
  }
}
