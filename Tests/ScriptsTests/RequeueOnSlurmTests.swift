import Foundation
import RunContract
import Scripts
import TestSupport
import Testing

/// Warnings, requeues, cancellations and preemptions on a real Slurm cluster. `scancel --batch` plays
/// Slurm's warning before a time limit, which is the same message to the same process.
@Suite(.timeLimit(.minutes(5))) struct RequeueOnSlurmTests {
  /// A trainer that says it is there, and ends with 75 when it is warned or told to end. A later start
  /// ends with 0.
  private static let patient = """
    [[ $ORCHESTRATE_RESTART -gt 0 ]] && exit 0
    trap 'exit 75' USR1 TERM
    touch "ready.$SLURM_PROCID"
    for ((i = 0; i < 1200; i++)); do sleep 0.1; done
    """

  private func submission(
    _ body: String = patient, tasks: Int = 1, maxRequeues: Int = 3,
    _ directives: [(String, String?)] = [], signal: Int? = nil
  ) throws -> Submission {
    try Submission(
      configs: (0..<tasks).map { ["seed": .number(Double($0))] }, body: body,
      directives: try directives.map { try Directive($0, $1) }, maxRequeues: maxRequeues,
      signalBeforeEnd: signal)
  }

  private func submit(_ submission: Submission, on cluster: TestCluster) async throws -> String {
    try await cluster.slurm("sbatch", "--parsable", submission.script)
  }

  private func ready(_ submission: Submission, task: Int = 0, rank: Int = 0) async throws {
    try await eventually(within: .seconds(90)) { submission.file("ready.\(rank)", of: task) != nil }
  }

  /// What `scontrol show job` says under these names.
  private func facts(_ job: String, on cluster: TestCluster) async throws -> [String: String] {
    let text = try await cluster.slurm("scontrol", "show", "job", job)
    return Dictionary(
      text.split(whereSeparator: \.isWhitespace).compactMap { word in
        let parts = word.split(separator: "=", maxSplits: 1)
        return parts.count == 2 ? (String(parts[0]), String(parts[1])) : nil
      }, uniquingKeysWith: { first, _ in first })
  }

  /// Waits until a job has ended and gives what Slurm says of it.
  private func ended(_ job: String, on cluster: TestCluster) async throws -> [String: String] {
    try await eventually(within: .seconds(120), every: .milliseconds(300)) {
      let facts = try await facts(job, on: cluster)
      let active: Set = ["PENDING", "RUNNING", "COMPLETING", "REQUEUED", "CONFIGURING"]
      return active.contains(facts["JobState"] ?? "") ? nil : facts
    }
  }

  @Test func aWarnedTaskOfAnArrayIsRequeuedAloneAndGoesOn() async throws {
    let cluster = try await TestCluster.shared()
    let body = """
      [[ $SEED = 0 ]] && { until [[ -e ../r1/exit.json && -e ../r1/done ]]; do sleep 0.2; done; exit 0; }
      [[ $ORCHESTRATE_RESTART -gt 0 ]] && { touch done; exit 0; }
      \(Self.patient)
      """
    let submission = try submission(body, tasks: 2, signal: 60)
    let id = try await submit(submission, on: cluster)
    try await ready(submission, task: 1)
    try await cluster.slurm("scancel", "--batch", "--signal=USR1", "\(id)_1")
    for task in 0...1 {
      let facts = try await ended("\(id)_\(task)", on: cluster)
      #expect(facts["JobState"] == "COMPLETED" && facts["Restarts"] == "\(task)", "\(facts)")
      #expect(submission.starts(of: task) == task + 1)
      #expect(submission.exitRecord(of: task)?.restart == task)
    }
    #expect(submission.environment(of: 1)[EnvironmentName.resume] == "1")
    let log = try #require(submission.file("output.log", of: 1))
    #expect(log.contains("asked Slurm to requeue job \(id)_1"))
  }

  @Test func aTrainerThatNeverEndsIsRequeuedSoManyTimesOnly() async throws {
    let cluster = try await TestCluster.shared()
    let submission = try submission("exit 75", maxRequeues: 1)
    let id = try await submit(submission, on: cluster)
    let facts = try await ended(id, on: cluster)
    #expect(facts["JobState"] == "FAILED" && facts["ExitCode"] == "75:0", "\(facts)")
    #expect(facts["Restarts"] == "1" && submission.starts() == 2)
    #expect(submission.exitRecord()?.restart == 1 && submission.exitRecord()?.code == 75)
  }

  @Test func whereSlurmRefusesTheJobEndsWith75() async throws {
    let cluster = try await TestCluster.shared()
    let submission = try submission("exit 75", [("no-requeue", nil)])
    let id = try await submit(submission, on: cluster)
    let facts = try await ended(id, on: cluster)
    #expect(facts["JobState"] == "FAILED" && facts["ExitCode"] == "75:0", "\(facts)")
    #expect(submission.starts() == 1 && submission.exitRecord()?.code == 75)
    #expect(submission.file("output.log")?.contains("will submit a continuation") == true)
  }

  /// The trainer answers the TERM of a cancellation with 75 like a warning.
  @Test func aCancelledJobDoesNotComeBack() async throws {
    let cluster = try await TestCluster.shared()
    let submission = try submission()
    let id = try await submit(submission, on: cluster)
    try await ready(submission)
    try await cluster.slurm("scancel", id)
    let facts = try await ended(id, on: cluster)
    #expect(facts["JobState"] == "CANCELLED" && facts["Restarts"] == "0", "\(facts)")
    try await eventually { submission.exitRecord()?.code == 75 }
    #expect(submission.starts() == 1)
    #expect(submission.file("output.log")?.contains("orchestrate: asked") == false)
  }

  /// The cancellation falls between the script's last look at its signals and its request.
  @Test func aJobThatIsBeingCancelledDoesNotComeBackThoughTheScriptAsks() async throws {
    let cluster = try await TestCluster.shared()
    let submission = try submission()
    try submission.replace("[[ $1 == USR1 ]] || told_to_end=1", with: ":")
    let id = try await submit(submission, on: cluster)
    try await ready(submission)
    try await cluster.slurm("scancel", id)
    let facts = try await ended(id, on: cluster)
    #expect(facts["JobState"] == "CANCELLED" && facts["Restarts"] == "0", "\(facts)")
    try await eventually {
      submission.file("output.log")?.contains("orchestrate: asked Slurm") == true
    }
    #expect(try await self.facts(id, on: cluster)["JobState"] == "CANCELLED")
    #expect(submission.starts() == 1)
  }

  /// Slurm lets an administrator requeue what has ended.
  @Test(arguments: [false, true])
  func aRequeueOfAnEndedJobTrainsOnlyWhereTheTokenStands(isTakenBack: Bool) async throws {
    let cluster = try await TestCluster.shared()
    let submission = try submission("exit 3")
    let id = try await submit(submission, on: cluster)
    _ = try await ended(id, on: cluster)
    if isTakenBack {
      let directory = submission.tasks[0].runDirectory
      let claim = try #require(Claim.standing(runDirectory: directory, token: submission.token))
      #expect(
        try Claim.supersede(runDirectory: directory, token: submission.token, after: claim) == nil)
    }
    try await cluster.slurm("scontrol", "requeue", id)
    let facts = try await ended(id, on: cluster)
    #expect(facts["ExitCode"] == (isTakenBack ? "76:0" : "3:0"), "\(facts)")
    #expect(facts["Restarts"] == "1" && submission.starts() == (isTakenBack ? 1 : 2))
    #expect(submission.exitRecord()?.restart == (isTakenBack ? 0 : 1))
  }

  /// Told to end, a trainer leaves with 75 or, as many do once they have written a checkpoint, with 0.
  @Test(arguments: [75, 0])
  func aPreemptedJobIsRequeuedByTheClusterAndGoesOn(leavesWith code: Int) async throws {
    let cluster = try await TestCluster.private(settings: ["CLUSTER_NODES": "1"])
    let body = Self.patient.replacingOccurrences(of: "exit 75", with: "exit \(code)")
    let low = try submission(body, [("partition", "low"), ("cpus-per-task", "8")])
    let high = try submission("exit 0", [("partition", "high"), ("cpus-per-task", "8")])
    let id = try await submit(low, on: cluster)
    try await ready(low)
    try await eventually {
      try namesInFolder(low.tasks[0].runDirectory).contains { $0.hasPrefix(".catches.") }
    }
    let winner = try await submit(high, on: cluster)
    #expect(try await ended(winner, on: cluster)["JobState"] == "COMPLETED")
    let facts = try await ended(id, on: cluster)
    #expect(facts["JobState"] == "COMPLETED" && facts["Restarts"] == "1", "\(facts)")
    #expect(low.starts() == 2 && low.environment()[EnvironmentName.resume] == "1")
    #expect(low.exitRecord()?.code == 0 && low.exitRecord()?.restart == 1)
    #expect(low.file("output.log")?.contains("orchestrate: asked") == false)
    try await cluster.stop()
  }

  @Test func aWarningReachesEveryRankAndEachEndsInItsOwnTime() async throws {
    let cluster = try await TestCluster.shared()
    let body = """
      [[ $ORCHESTRATE_RESTART -gt 0 ]] && exit 0
      # One ends, and the other still has work to do, which a TERM would end.
      trap '[[ $SLURM_PROCID = 0 ]] || { sleep 1; until [[ -e wrote.0 ]]; do sleep 0.1; done; sleep 2; }
        touch "wrote.$SLURM_PROCID"; exit 75' USR1
      touch "ready.$SLURM_PROCID"
      for ((i = 0; i < 1200; i++)); do sleep 0.1; done
      """
    let submission = try submission(
      body, [("partition", "all"), ("nodes", "2"), ("ntasks-per-node", "1")])
    let id = try await submit(submission, on: cluster)
    try await ready(submission, rank: 0)
    try await ready(submission, rank: 1)
    try await cluster.slurm("scancel", "--batch", "--signal=USR1", id)
    let facts = try await ended(id, on: cluster)
    #expect(facts["JobState"] == "COMPLETED" && facts["Restarts"] == "1", "\(facts)")
    #expect(submission.file("wrote.0") != nil && submission.file("wrote.1") != nil)
  }

  /// This cluster kills what exceeds its memory and calls the job FAILED.
  @Test func aTrainerThatRanOutOfMemoryIsRecordedSo() async throws {
    let cluster = try await TestCluster.shared()
    let submission = try submission(
      "x=$(head -c 200M /dev/zero | tr '\\0' x)\nsleep 60\necho ${#x}", [("mem", "60M")])
    let id = try await submit(submission, on: cluster)
    _ = try await ended(id, on: cluster)
    let record = try await eventually { submission.exitRecord() }
    #expect(record.isOutOfMemory && record.code != 0, "\(record)")
  }
}
