import Foundation
import RunContract
import TestSupport
import Testing

/// Real ranks, started by mpirun.
@Suite(.enabled(if: Ranks.areAvailable, "\(Ranks.missing)"), .timeLimit(.minutes(3)))
struct MPITests {
  @Test(arguments: [2, 3, 4])
  func sumsAreThoseInTheRanksOrderOnEveryRankAndEveryTime(ranks: Int) async throws {
    var seen: Set<String> = []
    for _ in 0..<2 {
      let output = try await probe(ranks, "sums", "2")
      let lines = answers(output)
      #expect(lines.count == ranks, "\(output)")
      #expect(lines.allSatisfy { $0.hasPrefix("0 wrong, ") }, "\(output)")
      seen.formUnion(lines)
    }
    #expect(seen.count == 1)
  }

  @Test(arguments: [0, 1, 3_000_001])
  func ranksAgree(bytes: Int) async throws {
    let output = try await probe(3, "agree", "\(bytes)")
    #expect(answers(output) == Array(repeating: "-86 0 \(bytes) true", count: 3), "\(output)")
  }

  @Test func noThreadTakesASignalAndNobodyHandlesOne() async throws {
    let output = try await probe(2, "signals")
    let lines = answers(output)
    #expect(lines.count == 2)
    for line in lines {
      let words = line.split(separator: " ")
      #expect((Int(words[0]) ?? 0) > 1 && words[2] == "0", "\(output)")
      let caught = try #require(UInt64(words[5], radix: 16))
      #expect(caught & (1 << (UInt64(SIGTERM) - 1) | 1 << (UInt64(SIGUSR1) - 1)) == 0)
    }
  }

  @Test(arguments: [SIGTERM, SIGUSR1])
  func aSignalToOneRankMakesAllLeave(signal: Int32) async throws {
    let scratch = try Scratch()
    async let ending = Ranks.run(3, product("communicator-probe"), ["work", scratch.path])
    let pids = try await eventually {
      let pids = (0..<3).compactMap { scratch.read("\($0)").flatMap { Int32($0) } }
      return pids.count == 3 ? pids : nil
    }
    #expect(kill(pids[1], signal) == 0)
    #expect(try await ending.status == 75)
    for pid in pids { try await eventually { hasEnded(pid) } }
  }

  /// One that exits without a word, with 0 too, that is killed, that gives up: each ends all.
  @Test(arguments: [
    (["die", "1", "3"], 3), (["die", "0", "0"], 1), (["die", "1", "-9"], 137),
    (["abort", "1", "65"], 65),
  ])
  func theDeathOfARankEndsAll(words: [String], status: Int) async throws {
    let output = try await Ranks.run(
      3, product("communicator-probe"), words, limit: .seconds(15))
    #expect(output.status == status, "\(output)")
  }

  @Test func aRankThatFinishesBeforeTheOthersEndsAllWithinABound() async throws {
    let output = try await Ranks.run(
      2, product("communicator-probe"), ["leave", "0"], limit: .seconds(60))
    #expect(output.status == 1, "\(output)")
  }

  @Test func aScriptsVariablesMakeNoRanks() async throws {
    let environment = plainEnvironment.merging(
      ["SLURM_JOB_ID": "1", "SLURM_NTASKS": "2", "SLURM_PROCID": "0"]
    ) { $1 }
    let output = try await run(
      product("communicator-probe"), ["signals"], environment: environment, limit: .seconds(10))
    #expect(output.output.hasPrefix("rank 0 of 1: 1 threads,"), "\(output)")
  }
}

/// Real ranks on the virtual nodes of a Slurm cluster.
@Suite(.enabled(if: Ranks.areAvailable, "\(Ranks.missing)"), .timeLimit(.minutes(3)))
struct SrunTests {
  @Test func nodesMakeNoDifference() async throws {
    let here = try await probe(2, "sums", "1")
    let there = try await srun(["--nodes=2", "--ntasks=2", "--mpi=pmix"], "sums", "1")
    #expect(there.status == 0, "\(there)")
    #expect(answers(there).count == 2)
    #expect(Set(answers(there)) == Set(answers(here)))
  }

  @Test func oneTaskIsOneRank() async throws {
    let output = try await srun(["--ntasks=1", "--mpi=pmix"], "signals")
    #expect(output.output.hasPrefix("rank 0 of 1: 1 threads,"), "\(output)")
  }

  @Test func tasksThatCannotFindEachOtherAreTold() async throws {
    let output = try await srun(["--ntasks=2", "--mpi=none"], "sums", "1")
    #expect(output.status == 64)
    #expect(output.error.contains("srun started 2 tasks that cannot find each other"), "\(output)")
  }

  @Test(arguments: [
    (["die", "1", "3"], 3), (["die", "0", "0"], 1), (["die", "1", "-9"], 137),
    (["abort", "0", "65"], 65),
  ])
  func theDeathOfARankEndsAll(words: [String], status: Int) async throws {
    let output = try await srun(
      ["--nodes=2", "--ntasks=2", "--mpi=pmix", "--kill-on-bad-exit=1"], words)
    #expect(output.status == status, "\(output)")
  }

  private func srun(_ options: [String], _ words: String...) async throws -> Output {
    try await srun(options, words)
  }

  private func srun(_ options: [String], _ words: [String]) async throws -> Output {
    let cluster = try await TestCluster.shared()
    return try await run(
      "srun", ["--partition=all"] + options + ["--", try product("communicator-probe")] + words,
      environment: cluster.environment.merging(Ranks.environment) { $1 }, limit: .seconds(60))
  }
}

private func probe(_ ranks: Int, _ words: String...) async throws -> Output {
  let output = try await Ranks.run(ranks, product("communicator-probe"), words)
  #expect(output.status == 0, "\(output)")
  return output
}

/// Whether a process is gone, or waits for nothing but its parent's look.
private func hasEnded(_ pid: Int32) -> Bool {
  let status = (try? readFile("/proc/\(pid)/status")).map { String(decoding: $0, as: UTF8.self) }
  return status?.contains("State:\tZ") ?? true
}

/// What each rank said.
private func answers(_ output: Output) -> [String] {
  output.output.split(separator: "\n").compactMap { line in
    line.split(separator: ": ", maxSplits: 1).dropFirst().first.map(String.init)
  }
}
