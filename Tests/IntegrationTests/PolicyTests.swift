import Foundation
import RunContract
import TestSupport
import Testing

/// The policy that a job file names, on a real cluster.
@Suite(.timeLimit(.minutes(10))) struct RetryPolicyTests {
  /// Submits a run whose trainer does this in its first start and ends well in each later one.
  private func submit(
    _ name: String, first: String, retry: String, resources: [String] = []
  ) async throws -> Workspace {
    let work = try await Workspace(try await TestCluster.shared())
    try work.scratch.write("resubmit_after: 2\nlost_after: 4\n", to: ".orchestrate/config.yaml")
    try work.jobFile(
      name,
      """
      echo "${SLURM_MEM_PER_NODE:-}" >>"$ORCHESTRATE_RUN_DIR/memory.log"
      [[ $(wc -l <"$ORCHESTRATE_RUN_DIR/started.log") -eq 1 ]] || exit 0
      \(first)
      """)
    var file = try #require(work.scratch.read("Jobs/\(name).yaml"))
    for line in resources {
      let key = line.prefix { $0 != ":" }
      file = file.split(separator: "\n", omittingEmptySubsequences: false)
        .map { $0.hasPrefix("  \(key):") ? "  \(line)" : String($0) }.joined(separator: "\n")
    }
    try work.scratch.write(file + "\nretry: \(retry)\n", to: "Jobs/\(name).yaml")
    try await work.succeed("submit", "Jobs/\(name).yaml")
    return work
  }

  private func tokens(_ work: Workspace, _ name: String) -> Set<String> {
    Set(work.starts(name, "\(name)-1").map { String($0.prefix { $0 != " " }) })
  }

  /// A minute is the least that Slurm knows.
  @Test func aRunThatReachesItsTimeLimitIsContinued() async throws {
    let work = try await submit(
      "slow", first: "sleep 600", retry: "{timeout: continue}", resources: [#"time: "00:01:00""#])
    try await work.wait(for: "slow-1", "completed", within: .seconds(240))
    #expect(work.starts("slow", "slow-1").count == 2)
    #expect(tokens(work, "slow").count == 2)
  }

  @Test func aRunThatRanOutOfMemoryIsGivenMore() async throws {
    let work = try await submit(
      "large", first: "head -c 400M /dev/zero | tail -c 300M | sleep 60",
      retry: "{out_of_memory: x1.5}")
    try await work.wait(for: "large-1", "completed", within: .seconds(120))
    #expect(work.scratch.read("runs/large/large-1/memory.log") == "100\n150\n")
    #expect(tokens(work, "large").count == 2)
  }

  @Test func withoutAPolicyNothingIsTriedAgain() async throws {
    let work = try await submit(
      "once", first: "head -c 400M /dev/zero | tail -c 300M | sleep 60",
      retry: "{out_of_memory: never}")
    try await work.wait(for: "once-1", "out_of_memory", within: .seconds(60))
    try await work.succeed("reconcile")
    #expect(try await work.status("once-1")["once-1"]?["state"]?.string == "out_of_memory")
    #expect(work.starts("once", "once-1").count == 1)
  }

  @Test func aRunThatFailedIsTriedAgain() async throws {
    let work = try await submit("again", first: "exit 3", retry: "{failed: again}")
    try await work.wait(for: "again-1", "completed", within: .seconds(60))
    #expect(work.starts("again", "again-1").count == 2)
    #expect(tokens(work, "again").count == 2)
  }

  @Test func failuresAreBounded() async throws {
    let work = try await submit(
      "bounded", first: "", retry: "{failed: again, max_requeues: 2}")
    try work.scratch.write(
      "#!/bin/bash\necho >>\"$ORCHESTRATE_RUN_DIR/started.log\"; exit 3\n", to: "bounded.sh",
      executable: true)
    _ = try await work.orchestrate("submit", "Jobs/bounded.yaml", "--again")
    let end = try await work.wait(for: "bounded-2", "failed", within: .seconds(90))
    #expect(end["reason"]?.string?.contains("max_requeues is 2") == true, "\(end.canonical)")
    #expect(
      work.scratch.read("runs/bounded/bounded-2/started.log") == "\n\n\n")
  }

  /// What Slurm does not accept is no new end of the run, and is not asked for again.
  @Test func aRetryThatSlurmRefusesLeavesTheRunAsItWas() async throws {
    let work = try await Workspace(try await TestCluster.shared())
    try work.jobFile("typo", "sleep 1; exit 4")
    try await work.succeed("submit", "Jobs/typo.yaml")
    let before = try await work.wait(for: "typo-1", "failed")
    for option in ["constraint=nope", "reservation=nope"] {
      let retry = try await work.orchestrate("retry", "typo-1", "--sbatch", option)
      #expect(retry.status == 1, "\(retry)")
      #expect(retry.error.contains("typo-1 stays as it was: failed"), "\(retry)")
    }
    #expect(try await work.status("typo-1")["typo-1"] == before)
    let shown = try await work.succeed("retry", "typo-1", "--dry-run").output
    #expect(!shown.contains("nope") && shown.contains("#SBATCH --mem="))
    try await work.succeed("retry", "typo-1", "--memory", "200M")
    try await eventually { work.starts("typo", "typo-1").count == 2 }
    try await work.wait(for: "typo-1", "failed")
    #expect(work.starts("typo", "typo-1").count == 2)
  }

  /// With a grace time Slurm tells the trainer to end, and calls the job failed.
  @Test(arguments: ["exec sleep 600", "trap 'exit 1' TERM; sleep 600 & wait"])
  func whoIsPreemptedWithAGraceTimeGoesOn(_ first: String) async throws {
    let cluster = try await TestCluster.private(settings: [
      "CLUSTER_NODES": "1",
      "CLUSTER_EXTRA": "PartitionName=meek Nodes=ALL PriorityTier=1 PreemptMode=CANCEL GraceTime=5",
    ])
    let work = try await Workspace(cluster)
    try work.jobFile(
      "meek", #"[[ $(wc -l <"$ORCHESTRATE_RUN_DIR/started.log") -gt 1 ]] || { \#(first); }"#,
      resources: ["partition: meek"])
    try await work.succeed("submit", "Jobs/meek.yaml")
    try await work.wait(for: "meek-1", "running")
    try await eventually { work.starts("meek", "meek-1").count == 1 }
    try work.scratch.write("#!/bin/bash\ntrue\n", to: "bold.sh")
    try await cluster.slurm(
      "sbatch", "--partition=high", "--exclusive", "--output=/dev/null", work.scratch("bold.sh"))
    try await work.wait(for: "meek-1", "completed", within: .seconds(120))
    #expect(work.starts("meek", "meek-1").count == 2)
    try await cluster.stop()
  }

  /// Another shell tries one of them while a user is asked.
  @Test func ofRunsOfWhichOneIsTakenTheOthersAreTried() async throws {
    let work = try await Workspace()
    try work.jobFile("shared", "exit 3", seeds: 3)
    _ = try await work.orchestrate("submit", "Jobs/shared.yaml", "--executor", "local")
    let dialogue = """
      mkfifo answer
      script --quiet --return --flush --command "'$1' retry --experiment shared" said <answer >/dev/null &
      exec 3>answer
      for ((i = 0; i < 600; i++)); do ! grep -q "Try 3 runs again" said 2>/dev/null || break; sleep 0.1; done
      "$1" retry shared-2
      echo y >&3
      wait "$!"
      """
    let output = try await run(
      "bash", ["-c", dialogue, "dialogue", product("orchestrate")],
      environment: work.environment, in: work.scratch.path)
    let said = work.scratch.read("said") ?? ""
    #expect(said.contains("shared-2: taken by another orchestrate"), "\(said) \(output)")
    for run in ["shared-1", "shared-2", "shared-3"] {
      try await eventually { work.starts("shared", run).count == 2 }
      try await work.wait(for: run, "failed")
    }
  }

  /// An administrator requeues a run while its user is asked whether it is to be tried again.
  @Test func whoIsStartedWhileSomebodyIsAskedKeepsItsToken() async throws {
    let work = try await Workspace()
    try work.jobFile("asked", "exit 3", seeds: 2)
    _ = try await work.orchestrate("submit", "Jobs/asked.yaml", "--executor", "local")
    let claims = work.scratch("runs/asked/asked-1/claims")
    let token = try #require(try namesInFolder(claims).first { !$0.hasPrefix(".") })
    let dialogue = """
      mkfifo answer
      script --quiet --return --flush --command "'$1' retry --experiment asked" said <answer >/dev/null &
      exec 3>answer
      for ((i = 0; i < 600; i++)); do ! grep -q "Try 2 runs again" said 2>/dev/null || break; sleep 0.1; done
      printf 'kind=claim\nrestart=1\n' >"$2.1"
      echo y >&3
      wait "$!"
      """
    let output = try await run(
      "bash", ["-c", dialogue, "dialogue", product("orchestrate"), "\(claims)/\(token)"],
      environment: work.environment, in: work.scratch.path)
    let said = work.scratch.read("said") ?? ""
    #expect(said.contains("asked-1 was started again meanwhile"), "\(said) \(output)")
    // Nobody has taken the token from that start.
    let left = try namesInFolder(claims).filter { !$0.hasPrefix(".") }.sorted()
    #expect(left == [token, "\(token).1"])
    #expect(work.starts("asked", "asked-1").count == 1)
  }
}
