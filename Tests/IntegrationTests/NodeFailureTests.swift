import Foundation
import RunContract
import TestSupport
import Testing

/// Nodes that fail under a run: the built program and the shipped job script on real clusters. What srun
/// says of ranks that it has lost is 0, so nobody may take its word for a good end.
@Suite(.timeLimit(.minutes(10))) struct NodeFailureTests {
  /// A trainer whose first start takes longer than the test, and whose later ones come to their end. (A shell
  /// whose `sleep` is ended a moment before it is would go on to its good end.)
  private let long = """
    [[ $(wc -l <"$ORCHESTRATE_RUN_DIR/started.log") -gt 1 ]] || exec sleep 600
    echo end >>"$ORCHESTRATE_RUN_DIR/ended"
    """

  private func write(
    _ experiment: String, _ body: String, policy: String = "{}", resources: [String],
    in work: Workspace
  ) throws {
    try work.jobFile(experiment, body, resources: resources)
    let file = try #require(work.scratch.read("Jobs/\(experiment).yaml"))
    try work.scratch.write("\(file)\nretry: \(policy)\n", to: "Jobs/\(experiment).yaml")
  }

  private func ends(_ experiment: String, in work: Workspace) -> Int {
    work.scratch.read("runs/\(experiment)/\(experiment)-1/ended")?.split(separator: "\n").count ?? 0
  }

  @Test func aNodeThatIsSetDownEndsNoRunWell() async throws {
    let cluster = try await TestCluster.private()
    let work = try await Workspace(cluster)
    let stays = "sbatch: {no-requeue: true}"
    try write("over", long, resources: [stays], in: work)
    try write("again", long, policy: "{node_failure: again}", resources: [stays], in: work)
    try write("requeued", long, resources: ["sbatch: {requeue: true}"], in: work)
    let names = ["over", "again", "requeued"]
    for name in names { try await work.succeed("submit", "Jobs/\(name).yaml") }
    var nodes: Set<String> = []
    for name in names {
      let run = try await work.wait(for: "\(name)-1", "running")
      nodes.insert(try #require(run["nodes"]?.string))
      try await eventually { work.starts(name, "\(name)-1").count == 1 }
    }
    for node in nodes {
      try await cluster.slurm("scontrol", "update", "nodename=\(node)", "state=down", "reason=test")
    }
    try await work.wait(for: "over-1", "node_failed", within: .seconds(90))
    for node in nodes {
      // Unless it has come back by itself.
      _ = try? await cluster.slurm("scontrol", "update", "nodename=\(node)", "state=resume")
    }
    for name in ["again", "requeued"] {
      try await work.wait(for: "\(name)-1", "completed", within: .seconds(120))
      #expect(work.starts(name, "\(name)-1").count == 2)
      #expect(ends(name, in: work) == 1)
    }
    #expect(ends("over", in: work) == 0)
    #expect(work.starts("over", "over-1").count == 1)
    try await cluster.stop()
  }

  /// Job script and srun are ended, and the trainer goes on: its node's daemon cannot end it any more.
  @Test func aTrainerThatItsNodeCannotEndIsEndedBeforeTheNextStartTrains() async throws {
    let cluster = try await TestCluster.private(settings: [
      "CLUSTER_NODES": "2", "CLUSTER_EXTRA": "SlurmdTimeout=5",
    ])
    let work = try await Workspace(cluster)
    try write(
      "orphan",
      """
      log=$ORCHESTRATE_RUN_DIR/log me=$ORCHESTRATE_TOKEN
      echo "begin $me" >>"$log"
      if [[ $(wc -l <"$ORCHESTRATE_RUN_DIR/started.log") -gt 1 ]]; then
        sleep 2
        echo "end $me" >>"$log"
        exit 0
      fi
      for ((i = 0; i < 6000; i++)); do echo "step $me" >>"$log"; sleep 0.1; done
      """, policy: "{node_failure: again}",
      resources: ["partition: all", "sbatch: {no-requeue: true}"], in: work)
    try await work.succeed("submit", "Jobs/orphan.yaml")
    let run = try await work.wait(for: "orphan-1", "running")
    #expect(run["nodes"]?.string == "n1")
    try await eventually { work.scratch.read("runs/orphan/orphan-1/log")?.contains("step") }
    try await cluster.crash(.firstNode)
    try await work.wait(for: "orphan-1", "completed", within: .seconds(300))
    let log = try #require(work.scratch.read("runs/orphan/orphan-1/log")).split(separator: "\n")
    let begins = log.indices.filter { log[$0].hasPrefix("begin") }
    #expect(begins.count == 2, "\(log.filter { !$0.hasPrefix("step") })")
    // It went on for a while, and had ended when the next start began.
    #expect(log[(begins.last ?? 0)...].map { $0.prefix(3) } == ["beg", "end"])
    try await cluster.stop()
  }

  /// The step's tasks do not end within KillWait: srun gives them up with 0, and Slurm kills them.
  @Test func aTrainerThatHearsNoSignalIsNotDoneWhenItIsRequeued() async throws {
    let cluster = try await TestCluster.shared()
    let work = try await Workspace(cluster)
    try write(
      "deaf", "trap '' TERM INT USR1\n\(long)", resources: ["sbatch: {requeue: true}"], in: work)
    try await work.succeed("submit", "Jobs/deaf.yaml")
    let run = try await work.wait(for: "deaf-1", "running")
    try await eventually { work.starts("deaf", "deaf-1").count == 1 }
    let job = try #require(run["job_id"]?.integer)
    try await cluster.slurm("scontrol", "requeue", "\(job)")
    try await work.wait(for: "deaf-1", "completed", within: .seconds(120))
    #expect(work.starts("deaf", "deaf-1").count == 2)
    #expect(ends("deaf", in: work) == 1)
  }
}
