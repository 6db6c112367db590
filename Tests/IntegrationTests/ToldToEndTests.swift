import Foundation
import RunContract
import TestSupport
import Testing

/// Runs whose trainers save what they have and leave with 0 when they are told to end.
@Suite(.timeLimit(.minutes(5))) struct RunsToldToEnd {
  /// Leaves with 0 as soon as it is told; the second start trains to the end.
  private static let trainer = """
    [[ $(wc -l <"$ORCHESTRATE_RUN_DIR/started.log") -eq 1 ]] || { echo end >"$ORCHESTRATE_RUN_DIR/end"; exit 0; }
    trap 'exit 0' TERM
    for ((i = 0; i < 600; i++)); do sleep 0.1; done
    """

  private func workspace(_ cluster: TestCluster?) async throws -> Workspace {
    let work = try await Workspace(cluster)
    try work.jobFile("saves", Self.trainer)
    return work
  }

  private func ready(_ work: Workspace) async throws {
    // The job script has seen that the trainer hears the signal.
    try await eventually(within: .seconds(60)) {
      try namesInFolder(work.scratch("runs/saves/saves-1")).contains { $0.hasPrefix(".catches.") }
    }
  }

  private func expectThatRetryTrains(_ work: Workspace) async throws {
    #expect(work.scratch.read("runs/saves/saves-1/end") == nil)
    try await work.succeed("retry", "saves-1")
    try await work.wait(for: "saves-1", "completed", within: .seconds(60))
    #expect(work.scratch.read("runs/saves/saves-1/end") == "end\n")
    #expect(work.starts("saves", "saves-1").count == 2)
  }

  /// By our cancel or by somebody's scancel; the cluster has no accounting that could say so.
  @Test(arguments: [true, false])
  func whatIsCancelledIsCancelledAndCanBeTriedAgain(_ isOurs: Bool) async throws {
    let cluster = try await TestCluster.shared()
    let work = try await workspace(cluster)
    try await work.succeed("submit", "Jobs/saves.yaml")
    try await ready(work)
    if isOurs {
      try await work.succeed("cancel", "saves-1", "-y")
    } else {
      let job = try #require(try await work.status("saves-1")["saves-1"]?["job_id"]?.integer)
      try await cluster.slurm("scancel", "\(job)")
    }
    try await work.wait(for: "saves-1", "cancelled", within: .seconds(60))
    try await expectThatRetryTrains(work)
  }

  @Test func onThisMachineToo() async throws {
    let work = try await workspace(nil)
    try await work.succeed("submit", "Jobs/saves.yaml", "--executor", "local", "--detach")
    try await ready(work)
    try await work.succeed("cancel", "saves-1", "-y")
    #expect(try await work.status("saves-1")["saves-1"]?["state"]?.string == "cancelled")
    try await expectThatRetryTrains(work)
  }
}
