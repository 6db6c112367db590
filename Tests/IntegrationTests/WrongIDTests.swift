import Foundation
import RunContract
import TestSupport
import Testing

/// sbatch prints the id of another job: what a user names by an id is what Slurm has under it.
@Suite(.timeLimit(.minutes(5))) struct WrongIDs {
  /// The look that a command begins with may have the run go on under another job: that is still what was meant.
  @Test(arguments: ["ok", "any"])
  func whatGoesOnUnderAnotherJobIsStillMeant(_ condition: String) async throws {
    let work = try await Workspace(try await TestCluster.shared())
    try work.jobFile(
      "moves",
      """
      [[ $(wc -l <"$ORCHESTRATE_RUN_DIR/started.log") -gt 1 ]] || exit 75
      until [[ -e '\(work.scratch("go"))' ]]; do sleep 0.1; done
      touch '\(work.scratch("ended"))'
      """, resources: ["sbatch: {no-requeue: true}"])
    try work.jobFile("then", "[[ -e '\(work.scratch("ended"))' ]]")
    try await work.succeed("submit", "Jobs/moves.yaml")
    let token = try #require(try namesInFolder(work.scratch("submissions")).first)
    // What is handed over before its end waits for this job alone.
    let id = try await eventually {
      let fields = try await run(
        "squeue", ["--noheader", "--format=%i %T", "--states=all", "--name=\(token)"],
        environment: work.environment
      ).output.split(whereSeparator: \.isWhitespace)
      return fields.count == 2 && fields[1] == "FAILED" ? String(fields[0]) : nil
    }
    try await work.succeed("submit", "Jobs/then.yaml", "--after", "\(id):\(condition)")
    #expect(work.starts("then", "then-1").isEmpty)
    try work.scratch.write("", to: "go")
    try await work.waitForAll("then", "completed", within: .seconds(90))
    #expect(try await work.status("moves-1")["moves-1"]?["state"]?.string == "completed")
  }

  @Test func whoIsCancelledOrShownByAnIDIsTheOneThatHasIt() async throws {
    let work = try await Workspace(try await TestCluster.shared())
    try work.jobFile("real", "sleep 300")
    func job(_ run: String) async throws -> Int {
      try #require(try await work.status(run)[run]?["job_id"]?.integer)
    }
    try await work.succeed("submit", "Jobs/real.yaml", "--hold")
    let id = try await job("real-1")
    try work.scratch.write(
      "#!/bin/bash\nPATH=${PATH#*:}\nsbatch \"$@\" >/dev/null && echo \(id)\n", to: "bin/sbatch",
      executable: true)
    var environment = work.environment
    environment["PATH"] = "\(work.scratch("bin")):\(environment["PATH"] ?? "")"
    for experiment in ["status", "cancel"] {
      try work.jobFile(experiment, "sleep 300")
      let submit = try await run(
        product("orchestrate"), ["submit", "Jobs/\(experiment).yaml", "--hold"],
        environment: environment, in: work.scratch.path)
      #expect(submit.status == 0, "\(submit)")
      if experiment == "status" {
        #expect(try await work.status("\(id)").keys.sorted() == ["real-1"])
      } else {
        try await work.succeed("cancel", "\(id)", "--yes")
      }
    }
    #expect(try await work.status("real-1")["real-1"]?["state"]?.string == "cancelled")
    for run in ["status-1", "cancel-1"] {
      #expect(try await work.status(run)[run]?["state"]?.string == "pending", "\(run)")
      #expect(try await job(run) != id)
    }
    try await work.succeed("cancel", "--all", "--yes")
  }
}
