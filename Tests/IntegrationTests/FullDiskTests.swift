import Foundation
import RunContract
import TestSupport
import Testing

/// The project's disk becomes full, on a real cluster. `ScriptRunTests` plays the same for the job script
/// alone where no disk can be mounted.
@Suite(.enabled(if: SmallDisk.canBeMade, "\(SmallDisk.whyNot)"), .timeLimit(.minutes(5)))
struct FullDiskOfAProject {
  private func workspace(
    _ cluster: TestCluster
  ) async throws -> (work: Workspace, disk: SmallDisk) {
    let work = try await Workspace(cluster, disk: "4m")
    try work.scratch.write("resubmit_after: 2\nlost_after: 4\n", to: ".orchestrate/config.yaml")
    return (work, try #require(work.disk))
  }

  /// Whether Slurm lists the job as over.
  private func waitForEnd(_ job: String, _ cluster: TestCluster) async throws {
    try await eventually(within: .seconds(60), every: .milliseconds(200)) {
      try await ["COMPLETED", "FAILED"].contains(
        cluster.slurm("squeue", "--states=all", "-h", "-o", "%T", "-j", job))
    }
  }

  @Test func whatDoesNotFitIsNotSubmitted() async throws {
    let cluster = try await TestCluster.shared()
    let (work, disk) = try await workspace(cluster)
    try work.jobFile("full", "true")
    // A process that has just closed the registry may still be giving its log back.
    try await eventually {
      !FileManager.default.fileExists(atPath: work.scratch(".orchestrate/registry.sqlite-wal"))
    }
    try disk.fill()
    let output = try await work.orchestrate("submit", "Jobs/full.yaml")
    #expect(output.status == 1, "\(output)")
    let lines = output.error.split(separator: "\n").filter { !$0.hasPrefix("warning:") }
    let reasons = ["No space left", "no room is left"]
    #expect(lines.count == 1 && reasons.contains { lines[0].contains($0) }, "\(output)")
    disk.empty()
    #expect(try await work.status().isEmpty)
    #expect(try namesInFolder(work.scratch("submissions")).isEmpty)
    #expect(try await !cluster.slurm("squeue", "-h", "-o", "%j").contains("full."))
    try await work.succeed("submit", "Jobs/full.yaml")
    try await work.wait(for: "full-1", "completed")
    #expect(work.starts("full", "full-1").count == 1)
  }

  /// The room ends at every kind of moment: while files are written, in the registry, after sbatch.
  @Test func whereTheRoomEndsOnTheWayTheRunIsExecutedOnce() async throws {
    let (work, disk) = try await workspace(try await TestCluster.shared())
    let rooms = Array(stride(from: 8192, through: 180_224, by: 28_672))
    var refusals = 0
    for room in rooms {
      let name = "room\(room)"
      try work.jobFile(name, "true", parameters: ["x: \(String(repeating: "y", count: 20_000))"])
      try disk.fill(leaving: room)
      let output = try await work.orchestrate("submit", "Jobs/\(name).yaml")
      disk.empty()
      if output.status != 0 { refusals += 1 }
      // Who is refused tries again; what was recorded is there already.
      try await eventually(within: .seconds(60), every: .milliseconds(300)) {
        _ = try await work.orchestrate("submit", "Jobs/\(name).yaml")
        let states = try await work.status(name, tolerant: true)
        return states.values.contains { $0["state"]?.string == "completed" }
      }
      let runs = try await work.status(name)
      let starts = runs.keys.flatMap { work.starts(name, $0) }
      #expect(starts.count == 1, "\(room): \(output)\n\(runs.mapValues(\.canonical))")
    }
    #expect(refusals > 0)
  }

  @Test func aJobThatCannotEvenBeginTrainsNothingAndIsTriedAgain() async throws {
    let cluster = try await TestCluster.shared()
    let (work, disk) = try await workspace(cluster)
    try work.jobFile("begin", "true")
    var file = try #require(work.scratch.read("Jobs/begin.yaml"))
    // Else it would go on by itself.
    file += "\nretry: {node_failure: never}\n"
    try work.scratch.write(file, to: "Jobs/begin.yaml")
    try await work.succeed("submit", "Jobs/begin.yaml", "--hold")
    let job = try #require(try await work.status("begin-1")["begin-1"]?["job_id"]?.integer)
    try disk.fill()
    try await cluster.slurm("scontrol", "release", "\(job)")
    try await waitForEnd("\(job)", cluster)
    // What can be read is shown.
    #expect(try await work.orchestrate("status").status == 0)
    disk.empty()
    let end = try await work.wait(for: "begin-1", "failed")
    #expect(end["exit_code"]?.integer == 74, "\(end.canonical)")
    #expect(work.starts("begin", "begin-1").isEmpty)
    try await work.succeed("retry", "begin-1")
    try await work.wait(for: "begin-1", "completed")
    #expect(work.starts("begin", "begin-1").count == 1)
  }

  /// Where the script cannot record the end, Slurm's word counts; a trainer that asks to go on does.
  @Test(arguments: [(0, "completed", 1), (3, "failed", 1), (75, "completed", 2)])
  func theEndOnAFullDiskIsTheTrueOne(code: Int, state: String, starts: Int) async throws {
    let cluster = try await TestCluster.shared()
    let (work, disk) = try await workspace(cluster)
    let elsewhere = try Scratch()
    try work.jobFile(
      "end",
      """
      [[ $(wc -l <"$ORCHESTRATE_RUN_DIR/started.log") -eq 1 ]] || exit 0
      until [[ -e '\(elsewhere("go"))' ]]; do sleep 0.1; done
      exit \(code)
      """)
    try await work.succeed("submit", "Jobs/end.yaml")
    try await eventually(within: .seconds(40)) { !work.starts("end", "end-1").isEmpty }
    let job = try #require(try await work.status("end-1")["end-1"]?["job_id"]?.integer)
    try disk.fill()
    try elsewhere.write("", to: "go")
    try await waitForEnd("\(job)", cluster)
    disk.empty()
    let end = try await work.wait(for: "end-1", state, within: .seconds(60))
    if starts == 1 { #expect(end["exit_code"]?.integer == code, "\(end.canonical)") }
    #expect(work.starts("end", "end-1").count == starts)
  }
}
