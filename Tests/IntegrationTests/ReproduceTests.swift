import Foundation
import RunContract
import TestSupport
import Testing

/// What a run was, and the same once more.
@Suite(.timeLimit(.minutes(4))) struct Reproducing {
  private func reproduce(_ work: Workspace, _ arguments: String...) async throws -> Output {
    try await run(
      product("orchestrate"), ["reproduce"] + arguments, environment: work.environment,
      in: work.scratch.path, limit: .seconds(150))
  }

  private func json(_ work: Workspace, _ run: String) async throws -> JSONValue {
    try JSONValue(parsing: try await reproduce(work, run, "--json").output)
  }

  private func origin(_ what: String, _ json: JSONValue) -> JSONValue? {
    json["origins"]?.array?.first { $0["what"]?.string == what }
  }

  @Test func aTrainingOnSlurmComesOutTheSameToTheBit() async throws {
    let work = try await Workspace(try await TestCluster.shared())
    _ = try await SmallTraining(in: work.scratch, epochs: 2)
    try work.scratch.write(
      """
      experiment: real
      resources: {time: "00:05:00", memory: 400M}
      params: {data: data, epochs: 2, batch_size: 4, segments: 40, width: 8, depth: 2, seed: 5}
      """, to: "Jobs/real.yaml")
    try await work.succeed("submit", "Jobs/real.yaml", "--wait")
    // What the project says by now counts for nothing.
    let template = "Templates/train.sbatch.mustache"
    let text = try #require(work.scratch.read(template))
    try work.scratch.write(text + "\n# changed\n", to: template)
    try work.scratch.write("experiment: other\n", to: "Jobs/real.yaml")
    let stored = try await reproduce(work, "real-1", "--script").output
    let new = try await reproduce(work, "real-1", "--submit", "--dry-run").output
    #expect(stored.contains("# Experiment real.") && !new.contains("# changed"))
    #expect(
      stored.split(separator: "\n").count == new.split(separator: "\n").count)
    #expect(
      zip(stored.split(separator: "\n"), new.split(separator: "\n")).count { $0 != $1 } <= 8)

    let output = try await reproduce(work, "real-1", "--submit", "--wait", "--json")
    #expect(output.status == 0, "\(output)")
    let verdict = try JSONValue(parsing: output.output)
    #expect(verdict["outcome"] == "identical" && verdict["promised"] == true, "\(verdict)")
    #expect(verdict["run"] == "real-reproduced-1" && verdict["original"] == "real-1")
    #expect((verdict["values"]?.integer ?? 0) > 20)
    let facts = try await json(work, "real-1")
    #expect(facts["script"]?.string == stored)
    #expect(origin("script", facts)?["status"] == "unchanged")
    #expect(origin("template", facts)?["status"] == "changed")
    #expect(origin("program", facts)?["status"] == "unchanged")
    #expect(origin("data", facts)?["status"] == "unchanged")
    #expect(facts["config"]?["seed"] == 5)

    // Other data is another run.
    try work.scratch.write("{}", to: "data/manifest.json")
    let refused = try await reproduce(work, "real-1", "--submit")
    #expect(refused.status == 1 && refused.error.contains("the data is another"), "\(refused)")
    #expect(try await work.status("real-reproduced").count == 1)
  }

  @Test func aTaskOfAnArrayIsReproducedAloneAndAnotherProgramIsRefused() async throws {
    let work = try await Workspace()
    try work.jobFile("sweep", measuringTrainer, seeds: 3)
    try await work.succeed("submit", "Jobs/sweep.yaml", "--executor", "local")
    try work.jobFile("sweep", "exit 9", seeds: 3)
    let output = try await reproduce(work, "sweep-2", "--submit", "--wait")
    #expect(output.status == 0, "\(output)")
    #expect(output.output.contains("identical: sweep-reproduced-1 and sweep-2"), "\(output)")
    #expect(
      try await reproduce(work, "sweep-reproduced-1").output.contains("identical"))
    // The copy of the program that the run was made with.
    let place = try #require(
      origin("program", try await json(work, "sweep-2"))?["place"]?.string)
    try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: place)
    try Data("#!/bin/bash\nexit 0\n".utf8).write(to: URL(filePath: place))
    let refused = try await reproduce(work, "sweep-2", "--submit")
    #expect(refused.status == 1 && refused.error.contains("the program is another"), "\(refused)")
    #expect(refused.error.contains("--anyway"))
    let forced = try await reproduce(work, "sweep-2", "--submit", "--anyway", "--wait")
    #expect(forced.output.contains("no metrics in common"), "\(forced)")
    // It stays with that run, and with no other.
    let verdicts = try #require(try await json(work, "sweep-2")["verdicts"]?.array)
    try #require(verdicts.count == 2)
    #expect(verdicts[0]["deviations"] == [])
    let deviation = verdicts[1]["deviations"]?.array?.first?.string
    #expect(deviation?.hasPrefix("the program is another: ") == true, "\(verdicts)")
    #expect(forced.output.contains("was submitted although the program is another"))
    try FileManager.default.removeItem(atPath: place)
    let gone = try await reproduce(work, "sweep-2", "--submit")
    #expect(gone.error.contains("is not there any more"), "\(gone)")
    #expect(try await work.status("sweep-reproduced").count == 2)
  }

  @Test func runsThatPartSayWhere() async throws {
    let work = try await Workspace()
    try work.jobFile(
      "dice",
      measuringTrainer + "\n" + #"""
        printf '{"step":3,"epoch":3,"time":1,"values":{"loss":%s}}\n' "$(date +%s%N)" \
          >>"$ORCHESTRATE_METRICS"
        """#)
    try await work.succeed("submit", "Jobs/dice.yaml", "--executor", "local")
    let output = try await reproduce(
      work, "dice-1", "--submit", "--wait", "--tolerance", "1e-15", "--json")
    #expect(output.status == 1, "\(output)")
    let verdict = try JSONValue(parsing: output.output)
    #expect(verdict["outcome"] == "parts" && verdict["promised"] == false)
    #expect(verdict["first"]?["metric"] == "loss" && verdict["first"]?["step"]?.integer == 3)
    #expect(verdict["values"]?.integer == 7 && verdict["identical_values"]?.integer == 6)
    // The clock has gone on by less than a thousandth.
    let near = try await reproduce(work, "dice-1")
    #expect(near.status == 0 && near.output.contains("within the tolerance"), "\(near)")
  }

  @Test func whatCannotBeReproducedIsSaid() async throws {
    let work = try await Workspace()
    try work.jobFile("two", measuringTrainer, seeds: 2)
    try await work.succeed("submit", "Jobs/two.yaml", "--executor", "local")
    for (arguments, status, words) in [
      (["two"], Int32(64), "one is meant"), (["tow-1"], 2, "tow-1"),
      (["two-1", "--wait"], 64, "go with --submit"),
      (["two-1", "--submit", "--tolerance=-1"], 64, "from 0"),
    ] {
      let output = try await run(
        product("orchestrate"), ["reproduce"] + arguments, environment: work.environment,
        in: work.scratch.path)
      #expect(output.status == status && output.error.contains(words), "\(arguments): \(output)")
    }
    let folder = try #require(
      origin("script", try await json(work, "two-1"))?["place"]?.string)
    try Data("echo mine\n".utf8).write(to: URL(filePath: folder))
    let output = try await reproduce(work, "two-1", "--script")
    #expect(
      output.status == 1 && output.error.contains("not there any more as it was"), "\(output)")
    #expect(origin("script", try await json(work, "two-1"))?["status"] == "changed")
  }
}
