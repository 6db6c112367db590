import Foundation
import RunContract
import TestSupport
import Testing

/// Real training on a real cluster, interrupted: what comes out is what an uninterrupted run gives, to
/// the bit.
@Suite(.timeLimit(.minutes(5))) struct InterruptedTraining {
  /// As a preemption with requeue, or an administrator, does it: TERM, then the job waits again.
  @Test func aRequeuedRunGoesOnWhereItWas() async throws {
    let cluster = try await TestCluster.shared()
    let work = try await Workspace(cluster)
    let small = try await SmallTraining(in: work.scratch, epochs: 1000)
    let run = try await submit(small, work, "requeued")
    let directory = try #require(run["directory"]?.string)
    let job = try #require(run["job_id"]?.integer)
    try await cluster.slurm("scontrol", "requeue", "\(job)")
    let end = try await work.wait(
      for: "requeued-1", "completed", "failed", within: .seconds(120))
    #expect(end["state"]?.string == "completed", "\(end.canonical)")
    let log = try String(decoding: readFile("\(directory)/output.log"), as: UTF8.self)
    #expect(log.contains("going on after step"))
    try await compare(small, "runs/requeued/requeued-1")
  }

  /// Slurm's warning before the time limit: USR1 to the job script alone.
  @Test func aWarnedRunGoesOnWhereItWas() async throws {
    let cluster = try await TestCluster.shared()
    let work = try await Workspace(cluster)
    let small = try await SmallTraining(in: work.scratch, epochs: 1000)
    let run = try await submit(small, work, "warned")
    let directory = try #require(run["directory"]?.string)
    let job = try #require(run["job_id"]?.integer)
    try await cluster.slurm("scancel", "--batch", "--signal=USR1", "\(job)")
    try await eventually(within: .seconds(60)) {
      let log = (try? readFile("\(directory)/output.log")) ?? Data()
      return log.range(of: Data("asked Slurm to requeue job \(job)".utf8)) != nil
    }
    let end = try await work.wait(for: "warned-1", "completed", "failed", within: .seconds(120))
    #expect(end["state"]?.string == "completed", "\(end.canonical)")
    #expect(end["job_id"]?.integer == job)
    let log = try String(decoding: readFile("\(directory)/output.log"), as: UTF8.self)
    #expect(log.contains("going on after step"))
    try await compare(small, "runs/warned/warned-1")
  }

  /// SIGKILL to the trainer's process, then a start by hand in the same directory.
  @Test func aKilledRunGoesOnByHand() async throws {
    let work = try await Workspace(try await TestCluster.shared())
    let small = try await SmallTraining(in: work.scratch, epochs: 1000)
    let run = try await submit(small, work, "killed")
    let directory = try #require(run["directory"]?.string)
    let trainer = try #require(try trainerProcess(directory))
    #expect(kill(trainer, SIGKILL) == 0)
    try await work.wait(for: "killed-1", "failed", within: .seconds(60))
    let resumed = try await TestSupport.run(
      product("train"),
      [
        "run", "--config", "\(directory)/config.json", "--run-dir", directory, "--resume",
        "--threads", "1",
      ], in: work.scratch.path)
    #expect(resumed.status == 0, "\(resumed)")
    try await compare(small, "runs/killed/killed-1")
  }

  /// Submits the training, and waits until it has taken some steps and written a checkpoint.
  private func submit(
    _ small: SmallTraining, _ work: Workspace, _ name: String
  ) async throws -> JSONValue {
    try work.scratch.write(
      """
      experiment: \(name)
      command: [train, run, --checkpoint-every, "0.3"]
      resources: {cpus_per_task: 1, memory: 200M, sbatch: {requeue: true}}
      params: \(small.parameters)
      """, to: "Jobs/\(name).yaml")
    try await work.succeed("submit", "Jobs/\(name).yaml")
    let run = try await work.wait(for: "\(name)-1", "running", within: .seconds(60))
    let directory = try #require(run["directory"]?.string)
    try await eventually(within: .seconds(60)) {
      let names = try? FileManager.default.contentsOfDirectory(atPath: "\(directory)/checkpoints")
      return names?.contains { $0.hasPrefix("step-") && $0.hasSuffix(".safetensors") } ?? false
    }
    #expect(!FileManager.default.fileExists(atPath: "\(directory)/checkpoints/final.safetensors"))
    return run
  }

  private func compare(_ small: SmallTraining, _ directory: String) async throws {
    let whole = try await small.train(1, "whole", "--threads", "1")
    #expect(try small.measured(directory) == whole)
    #expect(try small.weights(directory) == small.weights("whole"))
  }

  /// The process that has this run's metrics open.
  private func trainerProcess(_ directory: String) throws -> Int32? {
    let names = try FileManager.default.contentsOfDirectory(atPath: "/proc")
    return names.compactMap { Int32($0) }.first { pid in
      let data = (try? readFile("/proc/\(pid)/environ")) ?? Data()
      guard data.range(of: Data("ORCHESTRATE_RUN_DIR=\(directory)\0".utf8)) != nil else {
        return false
      }
      let command = (try? readFile("/proc/\(pid)/cmdline")) ?? Data()
      let first = String(decoding: command.prefix { $0 != 0 }, as: UTF8.self)
      return first.hasSuffix("/train")
    }
  }
}
