import Foundation
import RunContract
import Scripts
import TestSupport
import Testing

/// A trainer that ends with 75 is run again: the script asks Slurm for it where that is right.
@Suite struct RequeueTests {
  private static let limit = 2

  private func submission(_ body: String = "exit 75", tasks: Int = 1) throws -> Submission {
    try Submission(
      configs: (0..<tasks).map { ["seed": .number(Double($0))] }, body: body,
      maxRequeues: Self.limit)
  }

  @Test func slurmIsAskedOnceTheEndIsRecorded() async throws {
    let submission = try submission()
    #expect(try await submission.start(Submission.slurm(job: 7)).status == 75)
    #expect(submission.requeues == ["requeue Incomplete 7"])
    let record = try #require(ExitRecord(Data((submission.scratch.read("records") ?? "").utf8)))
    #expect(record.code == 75 && record.token == submission.token && record.restart == 0)
    #expect(submission.file("output.log")?.contains("asked Slurm to requeue job 7\n") == true)
  }

  /// The id of an array, which is also that of its last task, would mean every task.
  @Test func ofAnArrayOnlyTheTaskIsRequeued() async throws {
    let submission = try submission(tasks: 2)
    for (job, task) in [(8, 0), (7, 1)] {
      let variables = Submission.slurm(job: job).merging([
        "SLURM_ARRAY_JOB_ID": "7", "SLURM_ARRAY_TASK_ID": "\(task)",
      ]) { $1 }
      #expect(try await submission.start(variables).status == 75)
    }
    #expect(submission.requeues == ["requeue Incomplete 7_0", "requeue Incomplete 7_1"])
  }

  @Test func theNextStartGoesOnAndTheLimitEndsIt() async throws {
    let submission = try submission()
    for restart in 0...3 {
      let job = Submission.slurm(job: 7, restart: restart)
      #expect(try await submission.start(job).status == 75)
      #expect(submission.environment()[EnvironmentName.resume] == (restart > 0 ? "1" : "0"))
      #expect(submission.exitRecord()?.restart == restart)
    }
    #expect(submission.starts() == 4 && submission.requeues.count == Self.limit)
    let log = try #require(submission.file("output.log"))
    #expect(log.contains("not asking for a requeue: this is restart 2 and the limit is 2"))
    let claims = try FileManager.default.contentsOfDirectory(
      atPath: "\(submission.tasks[0].runDirectory)/claims")
    #expect(
      claims.sorted() == [""].map { "\(submission.token)\($0)" }
        + (1...3).map {
          "\(submission.token).\($0)"
        })
  }

  @Test func aRefusalLeavesTheRestToOrchestrate() async throws {
    let submission = try submission()
    try submission.answerRequeues(with: 1)
    #expect(try await submission.start(Submission.slurm(job: 7)).status == 75)
    #expect(submission.requeues.count == 1 && submission.exitRecord()?.code == 75)
    #expect(submission.file("output.log")?.contains("will submit a continuation") == true)
  }

  @Test func outsideOfSlurmNobodyIsAsked() async throws {
    let submission = try submission()
    #expect(try await submission.start().status == 75)
    #expect(submission.requeues == [])
  }

  @Test(arguments: [0, 1, 64, 65, 74, 76, 86, 143])
  func otherEndsAreEnds(code: Int) async throws {
    let submission = try submission("exit \(code)")
    #expect(try await submission.start(Submission.slurm(job: 7)).status == code)
    #expect(submission.requeues == [])
  }

  @Test func whoIsNoLongerTheOwnerAsksForNothing() async throws {
    let submission = try submission("echo another.token 0 >owner; exit 75")
    #expect(try await submission.start(Submission.slurm(job: 7)).status == 75)
    #expect(submission.requeues == [])
  }

  /// TERM and INT come from somebody who wants the end, USR1 from Slurm's warning before it.
  @Test(arguments: [
    (["USR1"], true), (["USR1", "USR1"], true), (["TERM"], false), (["INT"], false),
    (["USR1", "TERM"], false), (["TERM", "USR1"], false),
  ])
  func onlyAWarningBringsTheJobBack(signals: [String], comesBack: Bool) async throws {
    let submission = try submission(
      """
      trap 'warned=1' TERM USR1
      touch ready
      for ((i = 0; i < 600; i++)); do [[ -e go ]] && exit 75; sleep 0.1; done
      """)
    let sending = signals.map { "kill -s \($0) \"$pid\"; sleep 0.2" }.joined(separator: "\n")
    let output = try await submission.drive(
      """
      set -m
      bash "$1" &
      pid=$!
      for ((i = 0; i < 300; i++)); do [[ -e $2/ready ]] && break; sleep 0.1; done
      \(sending)
      touch "$2/go"
      wait "$pid"
      """, Submission.slurm(job: 7))
    #expect(output.status == 75, "\(output)")
    #expect(submission.requeues.isEmpty != comesBack)
  }

  /// Ranks: srun gives the largest of their codes, and ends all as soon as one is not 0.
  @Test(arguments: [
    ([75, 75], 75), ([0, 75], 75), ([75, 1], 1), ([0, 0], 0), ([137, 75], 137),
  ])
  func ranksThatAskForItAreRunAgainUnlessOneFailed(codes: [Int], code: Int) async throws {
    let submission = try submission("exit \(codes[0] == codes[1] ? "\(codes[0])" : "$RANK")")
    try submission.scratch.write(
      """
      #!/bin/bash
      while [[ $1 != -- ]]; do shift; done
      shift
      for RANK in \(codes.map(String.init).joined(separator: " ")); do
        export RANK
        "$@" || exit
      done
      """, to: "bin/srun", executable: true)
    let slurm = Submission.slurm(job: 7).merging(["SLURM_NTASKS": "2"]) { $1 }
    #expect(try await submission.start(slurm).status == code)
    #expect(submission.exitRecord()?.code == code)
    #expect(submission.requeues.count == (code == 75 ? 1 : 0))
    let names = try FileManager.default.contentsOfDirectory(
      atPath: submission.tasks[0].runDirectory)
    #expect(!names.contains { $0.hasPrefix(".again") })
  }

  /// One that comes before there is a trainer: nothing was trained, and the job is still warned.
  @Test func aWarningBeforeTheTrainerStartsBringsTheJobBack() async throws {
    let submission = try submission()
    // The signal comes while the script looks for the modules, long after its claim.
    try submission.replace(
      "# --- What the trainer finds in its environment. ---", with: "kill -s USR1 $$")
    #expect(try await submission.start(Submission.slurm(job: 7)).status == 75)
    #expect(submission.starts() == 0 && submission.exitRecord()?.code == 75)
    #expect(submission.requeues == ["requeue Incomplete 7"])
  }

  @Test func theWarningStandsOnItsLine() throws {
    let submission = try Submission(configs: [["seed": 1]], signalBeforeEnd: 90)
    let script = String(decoding: try readFile(submission.script), as: UTF8.self)
    #expect(script.contains("\n#SBATCH --signal=B:USR1@90\n"))
    #expect(!(try shippedTemplate().render(sampleInput())).contains("--signal"))
  }

  @Test(arguments: ["", "#SBATCH --signal=B:USR1@60\n", "#SBATCH --signal=USR1@90\n"])
  func aTemplateThatWarnsOtherwiseIsRefused(line: String) throws {
    let text = "#!/bin/bash\n{{% CONTENT_TYPE: SBATCH}}\n#SBATCH --job-name={{token}}\n\(line)"
    let template = try ScriptTemplate(name: "t", path: "T", text: text)
    var input = sampleInput()
    _ = try template.render(input)
    input.signalBeforeEnd = 90
    let error = #expect(throws: ScriptError.self) { try template.render(input) }
    #expect(error?.description.contains("--signal") == true)
  }

  @Test(arguments: [0, -1, 65536])
  func aWarningThatSlurmCannotGiveIsRefused(seconds: Int) throws {
    var input = sampleInput()
    input.signalBeforeEnd = seconds
    #expect(throws: ScriptError.self) { try shippedTemplate().render(input) }
  }
}
