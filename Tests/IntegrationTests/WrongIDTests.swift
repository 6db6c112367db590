import Foundation
import RunContract
import TestSupport
import Testing

/// sbatch prints the id of another job: what a user names by an id is what Slurm has under it.
@Suite(.timeLimit(.minutes(5))) struct WrongIDs {
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
