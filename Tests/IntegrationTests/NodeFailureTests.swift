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

  /// Trainers that go on where their node's daemon cannot end them any more.
  enum Orphan: String, CaseIterable {
    /// Job script and srun are ended with the node.
    case alone
    /// What trains has a session of its own, and hears no signal.
    case inItsOwnSession
    /// The node's first rank has come to its end before.
    case besideOneThatHasEnded
    /// Another node of the job is well, and its rank is ended.
    case onOneOfTwoNodes

    var resources: [String] {
      switch self {
      case .alone, .inItsOwnSession: []
      case .besideOneThatHasEnded: ["tasks_per_node: 2"]
      case .onOneOfTwoNodes: ["nodes: 2"]
      }
    }

    var training: String {
      let loop = #"for ((i = 0; i < 6000; i++)); do echo "step $me" >>"$log"; sleep 0.1; done"#
      return switch self {
      case .alone, .onOneOfTwoNodes: loop
      case .inItsOwnSession:
        """
        export log me
        setsid bash -c 'trap "" TERM INT; \(loop)' &
        wait
        """
      case .besideOneThatHasEnded: "[[ $SLURM_PROCID != 0 ]] || { sleep 1; exit 0; }\n\(loop)"
      }
    }
  }

  @Test(arguments: Orphan.allCases)
  func aTrainerThatItsNodeCannotEndIsEndedBeforeTheNextStartTrains(
    _ orphan: Orphan
  ) async throws {
    let cluster = try await TestCluster.private(settings: [
      "CLUSTER_NODES": "4", "CLUSTER_EXTRA": "SlurmdTimeout=5",
    ])
    let work = try await Workspace(cluster)
    try write(
      "orphan",
      """
      log=$ORCHESTRATE_RUN_DIR/log me=$ORCHESTRATE_TOKEN
      echo "begin $me" >>"$log"
      if [[ $(sort -u "$ORCHESTRATE_RUN_DIR/started.log" | wc -l) -gt 1 ]]; then
        sleep 2
        echo "end $me" >>"$log"
        exit 0
      fi
      \(orphan.training)
      """, policy: "{node_failure: again}",
      resources: ["partition: all", "sbatch: {no-requeue: true}"] + orphan.resources, in: work)
    try await work.succeed("submit", "Jobs/orphan.yaml")
    let run = try await work.wait(for: "orphan-1", "running")
    #expect(run["nodes"]?.string?.contains("1") == true)
    let path = "runs/orphan/orphan-1"
    func lines() -> [Substring] { (work.scratch.read("\(path)/log") ?? "").split(separator: "\n") }
    try await eventually { lines().contains { $0.hasPrefix("step") } }
    if orphan == .besideOneThatHasEnded {
      try await eventually {
        try namesInFolder(work.scratch(path)).contains { $0.hasPrefix(".done.") }
      }
    }
    try await cluster.crash(.firstNode)
    if orphan == .onOneOfTwoNodes {
      try await cluster.slurm("scontrol", "update", "nodename=n1", "state=down", "reason=test")
    }
    try await work.wait(for: "orphan-1", "completed", within: .seconds(400))
    let log = lines()
    let first = try #require(log.first).dropFirst(6)
    let next = try #require(log.firstIndex { $0.hasPrefix("begin") && !$0.hasSuffix(first) })
    // It went on for a while, and had ended when the next start began.
    let late = log[next...].count { $0.hasSuffix(first) }
    #expect(late == 0, "\(orphan): \(late) lines of the first start after the next one had begun")
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
