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
}
