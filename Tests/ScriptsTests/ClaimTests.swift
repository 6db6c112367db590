import Foundation
import RunContract
import Scripts
import TestSupport
import Testing

/// One token starts a run once, whoever else tries.
@Suite struct ClaimTests {
  @Test func ofManyStartsAtOnceExactlyOneTrains() async throws {
    let submission = try Submission(configs: [["seed": 1]])
    // Every start stops at its link until all have come there, so that they really compete.
    try submission.scratch.write(
      """
      #!/bin/bash
      mkdir -p \(submission.scratch("arrived")); touch \(submission.scratch("arrived"))/$$
      for ((i = 0; i < 300; i++)); do
        arrived=(\(submission.scratch("arrived"))/*)
        [[ ${#arrived[@]} -eq 8 ]] && exec /bin/ln "$@"
        sleep 0.1
      done
      exit 9
      """, to: "bin/ln", executable: true)
    let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
      for job in 1...8 {
        group.addTask { try await submission.start(Submission.slurm(job: job)).status }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(statuses.sorted() == [0] + Array(repeating: 76, count: 7))
    #expect(submission.starts() == 1)
    let arrived = submission.scratch("arrived")
    #expect(try FileManager.default.contentsOfDirectory(atPath: arrived).count == 8)
  }

  /// A node that went down takes its script along, whose temporary file stays: a second name of the claim.
  @Test func whatAKilledStartLeftIsNotWrittenTo() async throws {
    let submission = try Submission(configs: [["seed": 1]])
    let claim = "kind=claim\njob_id=7\nrestart=0\n"
    try submission.put(claim, "claims/\(submission.token)")
    // After a reboot process ids begin anew: a copy of the job may well have that of the start before.
    let output = try await submission.drive(
      """
      cd "$2/claims"
      ln \(submission.token) ".\(submission.token).0.$HOSTNAME.$$"
      ln \(submission.token) ".\(submission.token).0.8.$HOSTNAME.$$"
      exec bash "$1"
      """, Submission.slurm(job: 8))
    #expect(output.status == 76 && submission.starts() == 0, "\(output)")
    #expect(submission.file("claims/\(submission.token)") == claim)
  }

  @Test func aRevokedTokenTrainsNothing() async throws {
    let submission = try Submission(configs: [["seed": 1]])
    try submission.put("kind=revoked\ntoken=\(submission.token)\n", "claims/\(submission.token)")
    let output = try await submission.start(Submission.slurm(job: 7, restart: 3))
    #expect(output.status == 76 && submission.starts() == 0)
    #expect(output.error.contains("was revoked"))
    #expect(submission.file("owner") == nil && submission.exitRecord() == nil)
  }

  @Test func aRequeuedJobTakesItsRunOver() async throws {
    let submission = try Submission(configs: [["seed": 1]], body: "exit 75")
    #expect(try await submission.start(Submission.slurm(job: 7)).status == 75)
    #expect(try await submission.start(Submission.slurm(job: 7, restart: 2)).status == 75)
    #expect(submission.starts() == 2)
    #expect(submission.environment()[EnvironmentName.resume] == "1")
    #expect(submission.environment()[EnvironmentName.restart] == "2")
    #expect(submission.file("owner") == "\(submission.token) 2\n")
    #expect(submission.exitRecord()?.restart == 2)
    // Neither an older copy of the job nor the same one again nor another job with its token.
    for variables in [
      Submission.slurm(job: 7, restart: 1), Submission.slurm(job: 7, restart: 2),
      Submission.slurm(job: 8, restart: 9),
    ] {
      #expect(try await submission.start(variables).status == 76)
    }
    #expect(submission.starts() == 2)
  }

  @Test func aRequeuedJobWaitsForThePulseOfTheOneBefore() async throws {
    let submission = try Submission(configs: [["seed": 1]])
    #expect(try await submission.start(Submission.slurm(job: 7)).status == 0)
    // As if the first start had not ended: no record of its end, and a pulse 7 seconds ago.
    let directory = submission.tasks[0].runDirectory
    try FileManager.default.removeItem(atPath: "\(directory)/exit.json")
    let beat = Date(timeIntervalSinceNow: -7)
    try FileManager.default.setAttributes(
      [.modificationDate: beat], ofItemAtPath: "\(directory)/heartbeat")
    let output = try await submission.start(Submission.slurm(job: 7, restart: 1))
    #expect(output.status == 0 && submission.starts() == 2)
    #expect(Date().timeIntervalSince(beat) > 15)
    #expect(output.error.components(separatedBy: "waiting for the start before").count == 2)
  }

  /// The file server's clock was set back after the start before this one was killed.
  @Test func aPulseOfTheFutureIsNoPulseUnlessItBeats() async throws {
    let submission = try Submission(configs: [["seed": 1]])
    #expect(try await submission.start(Submission.slurm(job: 7)).status == 0)
    let directory = submission.tasks[0].runDirectory
    try FileManager.default.removeItem(atPath: "\(directory)/exit.json")
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSinceNow: 86_400)],
      ofItemAtPath: "\(directory)/heartbeat")
    let began = ContinuousClock.now
    let output = try await submission.start(Submission.slurm(job: 7, restart: 1))
    #expect(output.status == 0 && submission.starts() == 2, "\(output)")
    #expect(ContinuousClock.now - began >= .seconds(15))
    #expect(output.error.contains("waiting for the start before"))
  }

  @Test func aClaimThatSomebodyForgedRunsNothing() async throws {
    let submission = try Submission(configs: [["seed": 1]])
    try submission.put(
      "kind=claim\njob_id=7\nrestart=a[$(touch hacked)]\n", "claims/\(submission.token)")
    #expect(try await submission.start(Submission.slurm(job: 7, restart: 1)).status == 76)
    #expect(submission.scratch.read("hacked") == nil)
  }

  @Test func whoIsNoLongerTheOwnerLeavesNoRecord() async throws {
    let submission = try Submission(
      configs: [["seed": 1]], body: "echo another.token 0 >owner; exit 5")
    #expect(try await submission.start().status == 5)
    #expect(submission.exitRecord() == nil)
  }

  @Test func aStaleRecordOfAnEarlierEndIsRemoved() async throws {
    let submission = try Submission(configs: [["seed": 1]], body: "cat exit.json; exit 0")
    try submission.put(
      ExitRecord(token: "old", restart: 0, code: 75, time: 1).text, "exit.json")
    #expect(try await submission.start().status == 0)
    #expect(submission.file("output.log")?.contains("No such file") == true)
    #expect(submission.exitRecord()?.token == submission.token)
  }
}
