import Foundation
import RunContract
import Scripts
import TestSupport
import Testing

/// Hostile values on a real Slurm cluster: each comes back unchanged or is refused before submission.
@Suite struct SlurmTests {
  /// A value as `scontrol show job` prints it, up to the end of its line.
  private func field(_ name: String, of job: String) -> String? {
    job.split(separator: "\n").map { $0.drop { $0 == " " } }.first { $0.hasPrefix("\(name)=") }
      .map { String($0.dropFirst(name.count + 1)) }
  }

  @Test func everyValueReachesTheTrainerOfEachTask() async throws {
    let cluster = try await TestCluster.shared()
    let values = manyHostileValues(seed: 8, count: 120)
    // The first half of the parameters is the same in all tasks and so stands in the script.
    let configs = (0..<3).map { task in
      Dictionary(
        uniqueKeysWithValues: values.enumerated().map { number, value in
          (
            "p\(number)",
            ParameterValue.string(number < values.count / 2 ? value : "\(value)\(task)")
          )
        })
    }
    let submission = try Submission(configs: configs)
    let id = try await submit(submission, on: cluster)
    try await ended(id, on: cluster)
    for (task, config) in configs.enumerated() {
      let environment = submission.environment(of: task)
      for (name, value) in config {
        #expect(
          environment[name.uppercased()].map { Array($0.utf8) } == Array(value.text.utf8),
          "\(value.text)")
      }
      #expect(environment["SLURM_ARRAY_TASK_ID"] == "\(task)")
      #expect(environment[EnvironmentName.runDirectory] == submission.tasks[task].runDirectory)
      #expect(submission.exitRecord(of: task)?.code == 0)
      let log = "\(Submission.awkward)/submissions/\(submission.token)/slurm-\(task).log"
      #expect(submission.scratch.read(log)?.contains("run r\(task) (task \(task)") == true)
    }
    #expect(submission.scratch.read("hacked") == nil)
  }

  @Test func whatStandsOnSbatchLinesIsWhatSlurmHolds() async throws {
    let cluster = try await TestCluster.shared()
    let scratch = try Scratch()
    let folder = scratch(Submission.awkward)
    try makeDirectory(folder)
    for (number, value) in manyHostileValues(seed: 9, count: 60).enumerated() where !value.isEmpty {
      var input = sampleInput(token: "t.\(number)")
      input.workingDirectory = folder
      input.submissionDirectory = "\(folder)/submissions"
      input.manifestPath = "\(folder)/manifest"
      input.command = ["/bin/true"]
      input.hold = true
      input.directives = [try Directive("comment", value)]
      let script = try scratch.write(try shippedTemplate().render(input), to: "script.sh")
      let id = try await cluster.slurm("sbatch", "--parsable", script)
      let job = try await cluster.slurm("scontrol", "show", "job", id)
      // Slurm drops white space at the end of a line of its own output; this side does as well.
      #expect(field("Comment", of: job).map(trimmed) == trimmed(value), "\(value)")
      #expect(field("WorkDir", of: job) == folder)
      #expect(field("StdOut", of: job)?.hasSuffix("/submissions/slurm.log") == true)
      #expect(job.contains(" JobName=t.\(number)\n"))
      try await cluster.slurm("scancel", id)
    }
    #expect(scratch.read("hacked") == nil)
  }

  @Test func aRequeuedJobTakesItsRunOverAndResumes() async throws {
    let cluster = try await TestCluster.shared()
    let submission = try Submission(
      configs: [["seed": 1]],
      body: "[[ $ORCHESTRATE_RESTART -gt 0 ]] && exit 0\ntouch ready\nsleep 60")
    let id = try await submit(submission, on: cluster)
    try await eventually(within: .seconds(60)) { submission.file("ready") != nil }
    try await cluster.slurm("scontrol", "requeue", id)
    // A requeued job waits until its credential has expired.
    try await ended(id, on: cluster)
    #expect(submission.starts() == 2)
    #expect(submission.exitRecord()?.restart == 1 && submission.exitRecord()?.code == 0)
    #expect(submission.environment()[EnvironmentName.resume] == "1")
  }

  private func trimmed(_ text: String) -> String {
    text.trimmingCharacters(in: CharacterSet(charactersIn: " "))
  }

  private func submit(_ submission: Submission, on cluster: TestCluster) async throws -> String {
    try await cluster.slurm("sbatch", "--parsable", submission.script)
  }

  /// Waits until no task of a job is in the queue.
  private func ended(_ id: String, on cluster: TestCluster) async throws {
    try await eventually(within: .seconds(200), every: .milliseconds(300)) {
      try await cluster.slurm("squeue", "--noheader", "--jobs", id, "--states=PD,R,CG,RQ") == ""
    }
  }
}
