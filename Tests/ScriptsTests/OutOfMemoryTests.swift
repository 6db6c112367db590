import Foundation
import RunContract
import Scripts
import TestSupport
import Testing

/// A trainer that was killed because it had no more memory, told from one that was killed by hand.
@Suite struct OutOfMemoryTests {
  /// Where a job's processes stand in the kernel's three ways to show control groups.
  private static let layouts = [
    (
      membership: "0::/system.slice/n1_slurmstepd.scope/job_7/step_batch/user/task_0",
      file: "system.slice/n1_slurmstepd.scope/job_7/memory.events"
    ),
    (
      membership: "11:blkio:/\n4:cpu,memory:/slurm/uid_0/job_7/step_batch\n0::/",
      file: "memory/slurm/uid_0/job_7/memory.oom_control"
    ),
    (
      membership: "1:name=systemd:/\n0::/slurm/job_7/step_batch",
      file: "unified/slurm/job_7/memory.events"
    ),
  ]

  /// A submission whose script finds pretended control groups.
  private func submission(_ body: String, layout: Int, kills: String = "3") throws -> Submission {
    let submission = try Submission(
      configs: [["seed": 1]], body: body.replacing("$EVENTS", with: "../../../../groups/events"))
    let (membership, file) = Self.layouts[layout]
    try submission.scratch.write(
      "low 0\noom_kill_disable 0\noom_kill \(kills)\n", to: "groups/\(file)")
    try FileManager.default.createSymbolicLink(
      atPath: submission.scratch("groups/events"), withDestinationPath: file)
    try submission.scratch.write(membership + "\n", to: "membership")
    try submission.replace(
      "cgroups=/sys/fs/cgroup\n", with: "cgroups=\(submission.scratch("groups"))\n")
    try submission.replace(
      "membership=/proc/self/cgroup\n", with: "membership=\(submission.scratch("membership"))\n")
    return submission
  }

  private func isOutOfMemory(
    _ submission: Submission, code: Int, job: [String: String] = Submission.slurm(job: 7)
  ) async throws -> Bool {
    #expect(try await submission.start(job).status == code)
    let record = try #require(submission.exitRecord())
    #expect(record.code == code)
    let isTold = submission.file("output.log")?.contains("the trainer ran out of memory") == true
    #expect(isTold == record.isOutOfMemory)
    return record.isOutOfMemory
  }

  @Test(arguments: [0, 1, 2], [137, 1, 9])
  func theKernelsCountTells(layout: Int, code: Int) async throws {
    let more = try submission("echo oom_kill 4 >$EVENTS; exit \(code)", layout: layout)
    #expect(try await isOutOfMemory(more, code: code))
    let same = try submission("exit \(code)", layout: layout)
    #expect(try await !isOutOfMemory(same, code: code))
  }

  @Test func aRunOnThisMachineIsToldToo() async throws {
    let submission = try submission("echo oom_kill 4 >$EVENTS; kill -9 $$", layout: 0)
    #expect(try await isOutOfMemory(submission, code: 137, job: [:]))
  }

  /// What a trainer says by itself counts, though a helper of it was killed.
  @Test(arguments: [0, 64, 65, 75, 76, 86])
  func aTrainersOwnWordCounts(code: Int) async throws {
    let submission = try submission("echo oom_kill 4 >$EVENTS; exit \(code)", layout: 0)
    #expect(try await !isOutOfMemory(submission, code: code))
  }

  @Test func filesThatAreGoneOrDamagedTellNothing() async throws {
    for body in [
      "rm ../../../../groups/events; exit 137",
      "echo 'oom_kill a[$(touch hacked)]' >$EVENTS; exit 137",
    ] {
      let submission = try submission(body, layout: 0)
      #expect(try await !isOutOfMemory(submission, code: 137))
      #expect(submission.file("hacked") == nil && submission.scratch.read("hacked") == nil)
    }
  }

  /// The words of Slurm's commands, which also tell of kills on other nodes.
  @Test(arguments: [
    "slurmstepd: error: Detected 1 oom-kill event(s) in StepId=7.0. Some of your processes may have",
    "slurmstepd: error: Detected 1 oom_kill event in StepId=7.0. Some of the step tasks have been OOM",
    "srun: error: n2: task 1: Out Of Memory",
    "slurmstepd-n1: error: StepId=7.0 exceeded memory limit (328175616 > 62914560), being killed",
    "slurmstepd-n1: error: Exceeded job memory limit",
    "Nov 30 13:38:06.123456 4711 0x7f12 slurmstepd: error: Detected 1 oom_kill event in StepId=7.0.",
  ])
  func slurmsWordsTell(words: String) async throws {
    let submission = try Submission(configs: [["seed": 1]], body: "exit 0")
    // Said by srun, not by the trainer.
    try submission.scratch.write(
      "#!/bin/bash\necho '\(words)' >&2\nexit 137\n", to: "bin/srun", executable: true)
    #expect(try await isOutOfMemory(submission, code: 137))
    // The log is the same file for the next start, whose own end counts.
    try submission.scratch.write(
      "#!/bin/bash\necho 'srun: error: n2: task 1: Killed' >&2\nexit 137\n", to: "bin/srun",
      executable: true)
    #expect(try await submission.start(Submission.slurm(job: 7, restart: 1)).status == 137)
    #expect(submission.exitRecord()?.isOutOfMemory == false)
  }

  @Test func aTrainersOwnTalkOfMemoryTellsNothing() async throws {
    let submission = try Submission(
      configs: [["seed": 1]],
      body: "echo 'CUDA: Out Of Memory'; echo 'I was oom_killed'; echo ' srun: oom_kill'; exit 137")
    #expect(try await !isOutOfMemory(submission, code: 137))
  }
}
