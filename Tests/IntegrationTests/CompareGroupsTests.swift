import Foundation
import RunContract
import TestSupport
import Testing

/// Groups of real runs, as the command line shows them.
@Suite struct ComparedGroups {
  /// Two epochs; the loss follows from weight and seed, and with the small weight the norm of seed 3
  /// explodes, of seed 4 is no number.
  private static let trainer = #"""
    awk -v weight="$CORR_WEIGHT" -v seed="$SEED" 'BEGIN {
      for (epoch = 1; epoch <= 2; epoch++) {
        norm = weight < 0.2 && epoch == 2 ? (seed == 3 ? "4.3e7" : seed == 4 ? "\"NaN\"" : 9) : 2
        printf "{\"step\":%d,\"epoch\":%d,\"time\":1,\"values\":{\"loss\":%.6f,\"grad_norm\":%s}}\n",
          epoch, epoch, 1 / epoch + seed / 100 - weight / 2 + (seed % 2) / 1000, norm
      }
    }' >>"$ORCHESTRATE_METRICS"
    """#

  private func workspace() async throws -> Workspace {
    let work = try await Workspace()
    for (experiment, weight) in [("small", "0.1"), ("large", "0.5")] {
      try work.jobFile(
        experiment, Self.trainer, seeds: 6,
        parameters: ["penalty: quadratic", "corr_weight: \(weight)"])
      try await work.succeed("submit", "Jobs/\(experiment).yaml", "--executor", "local")
    }
    return work
  }

  @Test func groupsAreCountedComparedAndJudged() async throws {
    let work = try await workspace()
    let json = try JSONValue(
      parsing: try await work.succeed(
        "compare", "small", "large", "--by", "corr_weight", "--baseline", "corr_weight=0.1",
        "--json"
      ).output)
    let groups = try #require(json["groups"]?.array)
    #expect(groups.map { $0["group"] } == [["corr_weight": 0.1], ["corr_weight": 0.5]])
    #expect(groups.map { $0["n"]?.integer } == [6, 6])
    #expect(groups.map { $0["exploded"]?.integer } == [2, 0])
    #expect(groups.map { $0["finished"]?.integer } == [6, 6])
    #expect(groups[0]["highest_grad_norm"]?.string == "NaN")
    #expect(groups[0]["highest_grad_norm_step"]?.integer == 2)
    #expect(groups[0]["epochs_in_band"]?.integer == 10)
    let baseline = try #require(json["baseline"])
    #expect(baseline["name"] == "corr_weight=0.1")
    let comparison = try #require(baseline["comparisons"]?.array?.first)
    #expect(comparison["paired"] == true && comparison["n"]?.integer == 6)
    #expect(abs((comparison["difference"]?.number ?? 0) + 0.2) < 1e-6)
    // All six differences have one sign: 2 / 2^6.
    #expect(comparison["p"]?.number == 0.03125)
    #expect(comparison["exploded_baseline"]?["exploded"]?.integer == 2)
    let verdict = try #require(comparison["verdict"]?.string)
    #expect(verdict.hasPrefix("Better: the last loss is lower by 0.2"), "\(verdict)")

    let table = try await work.succeed(
      "compare", "small", "large", "--baseline", "corr_weight=0.1"
    ).output
    #expect(table.contains("EXPLODED") && table.contains("corr_weight=0.5: Better"))
  }

  @Test func groupsGoToOtherPrograms() async throws {
    let work = try await workspace()
    func lines(_ arguments: String...) async throws -> [Substring] {
      let output = try await run(
        product("orchestrate"), ["compare", "small", "large", "--by", "corr_weight"] + arguments,
        environment: work.environment, in: work.scratch.path)
      try #require(output.status == 0, "\(output)")
      return output.output.split(separator: "\n")
    }
    let csv = try await lines("--csv", "--sort", "loss_last", "--baseline", "corr_weight=0.5")
    #expect(csv[0].hasPrefix("params.corr_weight,n,finished,exploded,"))
    #expect(csv[0].contains(",loss_last,loss_last_low,loss_last_high,loss_last_sd,loss_last_n,"))
    #expect(csv.count == 3 && csv[1].hasPrefix("0.5,6,") && csv[2].hasPrefix("0.1,6,"))
    #expect(Set(csv.map { $0.prefix { $0 != "\"" }.count { $0 == "," } }).count <= 2)
    let markdown = try await lines("--markdown")
    #expect(markdown[0].hasPrefix("| corr_weight | N | FINISHED | EXPLODED |"))
    #expect(markdown.count == 4)
  }

  @Test func whatCannotBeComparedIsSaid() async throws {
    let work = try await workspace()
    for (arguments, words) in [
      (["--by", "corr_wait"], "did you mean corr_weight?"),
      (["--by", ","], "--by names no parameter"),
      (["--by", "corr_weight", "--sort", "los"], "no column los"),
      (["--by", "corr_weight", "--metric", "lose"], "did you mean loss?"),
      (["--by", "corr_weight", "--baseline", "corr_weight=7"], "no group is so"),
      (["--by", "experiment,corr_weight", "--baseline", "corr_weight>0"], "2 groups are so"),
      (["--by", "corr_weight", "--baseline", "penalty=quadratic"], "the groups have no penalty"),
      (["--csv", "--markdown"], "choose one"), (["--descending"], "--sort COLUMN"),
    ] as [([String], String)] {
      let output = try await run(
        product("orchestrate"), ["compare", "small", "large"] + arguments,
        environment: work.environment, in: work.scratch.path)
      #expect(output.status == 64 && output.error.contains(words), "\(arguments): \(output)")
    }
  }
}
