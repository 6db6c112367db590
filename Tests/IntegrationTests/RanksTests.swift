import Foundation
import RunContract
import TestSupport
import Testing

/// `train run` as several ranks on this machine.
@Suite(.enabled(if: Ranks.areAvailable, "\(Ranks.missing)"), .timeLimit(.minutes(5)))
struct RanksOfTrain {
  @Test func ranksShareABatchAndComeToTheSame() async throws {
    let work = try await SmallTraining()
    let alone = try await work.train(1, "one")
    for ranks in [2, 4] {
      let shared = try await work.train(ranks, "shared-\(ranks)")
      #expect(shared.count == alone.count)
      for (one, other) in zip(alone, shared) {
        #expect(Set(one.keys) == Set(other.keys))
        for (name, value) in one {
          let difference = abs(value - (other[name] ?? .nan))
          #expect(difference <= 1e-4 * max(abs(value), 0.01), "\(ranks) ranks: \(name) \(value)")
        }
      }
    }
  }

  @Test func twoRanksTwiceAreEqualToTheBit() async throws {
    let work = try await SmallTraining()
    #expect(try await work.train(2, "first") == work.train(2, "second"))
    #expect(try work.weights("first") == work.weights("second"))
  }

  /// The signal comes at any step; what is left to do is done by the next start.
  @Test(arguments: [(SIGTERM, 1), (SIGUSR1, 0)])
  func aSignalToOneRankStopsAllAndLosesNothing(signal: Int32, rank: Int) async throws {
    let work = try await SmallTraining(epochs: 200)
    let whole = try await work.train(2, "whole")
    async let ending = work.start(2, "parts")
    try await eventually { work.scratch.read("parts/metrics.jsonl").map { $0.count > 2000 } }
    let process = try #require(try work.process(of: rank, "parts"))
    #expect(kill(process, signal) == 0)
    let stopped = try await ending
    #expect(stopped.status == 75, "\(stopped)")
    #expect(try work.measured("parts").count < whole.count)
    #expect(try await work.train(2, "parts", "--resume") == whole)
    #expect(try work.weights("parts") == work.weights("whole"))
  }

  @Test func aKilledRankEndsAllAndLosesNothing() async throws {
    let work = try await SmallTraining(epochs: 200)
    let whole = try await work.train(2, "whole")
    async let ending = work.start(2, "parts", "--checkpoint-every", "0")
    try await eventually { work.scratch.read("parts/metrics.jsonl").map { $0.count > 2000 } }
    let process = try #require(try work.process(of: 1, "parts"))
    #expect(kill(process, SIGKILL) == 0)
    let stopped = try await ending
    #expect(stopped.status == 137, "\(stopped)")
    #expect(try await work.train(2, "parts", "--resume") == whole)
    #expect(try work.weights("parts") == work.weights("whole"))
  }

  @Test func aBadFileOfOneRanksPairsEndsAllWithOneCode() async throws {
    let work = try await SmallTraining()
    // Rank 0 looks at the first one before all others.
    let clip = try #require(try work.clips().last)
    try work.scratch.write("RIFF", to: clip)
    let output = try await work.start(2, "bad")
    #expect(output.status == 65, "\(output)")
    let complaints = output.error.split(separator: "\n").filter { $0.hasPrefix("train: ") }
    #expect(complaints.count == 1 && complaints[0].contains(clip), "\(output)")
  }

}

/// The whole way: `orchestrate submit`, a job on two nodes, a rank on each.
@Suite(.enabled(if: Ranks.areAvailable, "\(Ranks.missing)"), .timeLimit(.minutes(3)))
struct RanksOnSlurm {
  @Test func aJobOnTwoNodesTrainsAsTwoRanks() async throws {
    let work = try await Workspace(try await TestCluster.shared())
    let small = try await SmallTraining(in: work.scratch)
    try await submit(small, work)
    let run = try await work.wait(for: "nodes-1", "completed", "failed", within: .seconds(90))
    #expect(run["state"]?.string == "completed", "\(run.canonical)")
    let directory = try #require(run["directory"]?.string)
    let made = try JSONValue(parsing: readFile("\(directory)/provenance.json"))
    #expect(made["ranks"]?.integer == 2 && made["threads"]?.integer == 2)
    let here = try await small.train(2, "here", "--threads", "2")
    #expect(try small.measured("runs/nodes/nodes-1") == here)
  }

  /// Slurm's warning before a time limit. The ranks stop together, and go on together where they were.
  @Test func aWarningStopsTheRanksOfAllNodesAndTheyGoOn() async throws {
    let cluster = try await TestCluster.shared()
    let work = try await Workspace(cluster)
    let small = try await SmallTraining(in: work.scratch, epochs: 400)
    try await submit(small, work)
    let run = try await work.wait(for: "nodes-1", "running")
    let directory = try #require(run["directory"]?.string)
    try await eventually(within: .seconds(60)) {
      (try? readFile("\(directory)/metrics.jsonl"))?.isEmpty == false
    }
    let job = try #require(run["job_id"]?.integer)
    try await cluster.slurm("scancel", "--batch", "--signal=USR1", "\(job)")
    let end = try await work.wait(for: "nodes-1", "completed", "failed", within: .seconds(120))
    #expect(end["state"]?.string == "completed", "\(end.canonical)")
    let log = try String(decoding: readFile("\(directory)/output.log"), as: UTF8.self)
    #expect(log.contains("asked Slurm to requeue job \(job)"))
    #expect(log.contains("going on after step"))
    let here = try await small.train(2, "here", "--threads", "2")
    #expect(try small.measured("runs/nodes/nodes-1") == here)
    #expect(try small.weights("runs/nodes/nodes-1") == small.weights("here"))
  }

  private func submit(_ small: SmallTraining, _ work: Workspace) async throws {
    let setting = Ranks.environment.map { "export \($0)=\($1)" }.joined(separator: "\n")
    try work.scratch.write(
      "#!/bin/bash\n\(setting)\nexec '\(try product("train"))' run\n", to: "train.sh",
      executable: true)
    try work.scratch.write(
      """
      experiment: nodes
      command: [./train.sh]
      resources: {partition: all, nodes: 2, tasks_per_node: 1, cpus_per_task: 2, memory: 500M}
      params: \(small.parameters)
      """, to: "Jobs/nodes.yaml")
    try await work.succeed("submit", "Jobs/nodes.yaml")
  }
}
