import Foundation
import RunContract
import Scripts
import TestSupport
import Testing

/// The chain of a token's claims, between the script and orchestrate.
@Suite struct ClaimChainTests {
  private func taken(_ generation: Int, _ submission: Submission, restart: Int = 0) throws {
    let suffix = generation == 0 ? "" : ".\(generation)"
    try submission.put(
      "kind=claim\njob_id=7\nrestart=\(restart)\n", "claims/\(submission.token)\(suffix)")
  }

  private func standing(_ submission: Submission) -> Claim? {
    Claim.standing(
      runDirectory: submission.tasks[0].runDirectory, token: submission.token)
  }

  /// Takes the token back: at once, or from a start that has ended.
  private func takeBack(_ submission: Submission, after ended: Claim?) throws -> Claim? {
    let directory = submission.tasks[0].runDirectory
    guard let ended else {
      return try Claim.revoke(runDirectory: directory, token: submission.token)
    }
    return try Claim.supersede(runDirectory: directory, token: submission.token, after: ended)
  }

  @Test func everyStartIsALinkAndTheLastOneCounts() async throws {
    let submission = try Submission(configs: [["seed": 1]])
    for restart in [0, 1, 5] {
      #expect(try await submission.start(Submission.slurm(job: 7, restart: restart)).status == 0)
      #expect(standing(submission)?.restart == restart && standing(submission)?.jobID == 7)
      #expect(standing(submission)?.process != nil)
    }
    #expect(standing(submission)?.generation == 2)
    let claims = "\(submission.tasks[0].runDirectory)/claims"
    #expect(try FileManager.default.contentsOfDirectory(atPath: claims).count == 3)
  }

  /// A controller that was killed may start a job once more that had ended.
  @Test func whatWasTrainedToItsEndIsNotTrainedAgain() async throws {
    let submission = try Submission(configs: [["seed": 1]])
    for restart in 0...2 {
      #expect(try await submission.start(Submission.slurm(job: 7, restart: restart)).status == 0)
      #expect(submission.exitRecord()?.restart == restart && submission.exitRecord()?.code == 0)
    }
    #expect(submission.starts() == 1)
  }

  /// A script that was killed before it could record the end leaves the words of its ranks.
  @Test func theWordsOfAllRanksAreAnEnd() async throws {
    for (words, starts) in [
      ([".done.a.0of1"], 0), ([".done.a.0of2"], 1), ([".done.a.1of2"], 1),
      ([".done.a.0of2", ".done.a.1of2"], 0), ([".done.a.0of2", ".done.b.1of2"], 1),
      ([".done.of.0of.0of1"], 0), ([".done.a.0ofx"], 1),
    ] {
      let submission = try Submission(configs: [["seed": 1]])
      for word in words { try submission.put("", word) }
      #expect(try await submission.start().status == 0)
      #expect(submission.starts() == starts, "\(words)")
      #expect(submission.exitRecord()?.code == 0)
    }
  }

  /// An administrator may requeue a job that has ended: here it was given up meanwhile.
  @Test func aRequeueAfterTheTokenWasTakenBackTrainsNothing() async throws {
    let submission = try Submission(configs: [["seed": 1]], body: "exit 3")
    #expect(try await submission.start(Submission.slurm(job: 7)).status == 3)
    #expect(try await submission.start(Submission.slurm(job: 7, restart: 1)).status == 3)
    let ended = try #require(standing(submission))
    #expect(try takeBack(submission, after: ended) == nil)
    let output = try await submission.start(Submission.slurm(job: 7, restart: 2))
    #expect(output.status == 76 && output.error.contains("was revoked"), "\(output)")
    #expect(submission.starts() == 2 && submission.exitRecord()?.restart == 1)
  }

  @Test func aRequeueThatCameFirstKeepsTheRun() async throws {
    let submission = try Submission(configs: [["seed": 1]])
    #expect(try await submission.start(Submission.slurm(job: 7)).status == 0)
    let ended = try #require(standing(submission))
    #expect(try await submission.start(Submission.slurm(job: 7, restart: 1)).status == 0)
    let newer = try #require(try takeBack(submission, after: ended))
    #expect(newer.restart == 1 && newer.generation == 1)
  }

  /// A starting script and orchestrate compete for one name, round after round: one of them has it.
  @Test(arguments: [0, 1])
  func ofAStartAndATakingBackExactlyOneWins(generation: Int) async throws {
    for round in 0..<25 {
      let submission = try Submission(configs: [["seed": 1]])
      if generation == 1 { try taken(0, submission) }
      let ended = standing(submission)
      // The script stops just before its link until both are ready.
      try submission.scratch.write(
        """
        #!/bin/bash
        touch '\(submission.scratch("ready"))'
        until [[ -e '\(submission.scratch("go"))' ]]; do sleep 0.01; done
        exec /bin/ln "$@"
        """, to: "bin/ln", executable: true)
      async let start = submission.start(Submission.slurm(job: 7, restart: generation))
      try await eventually { submission.scratch.read("ready") != nil }
      try submission.scratch.write("", to: "go")
      try await Task.sleep(for: .milliseconds(Int.random(in: 0...25)))
      let newer = try takeBack(submission, after: ended)
      let status = try await start.status
      if let newer {
        #expect(newer.restart == generation && newer.generation == generation, "round \(round)")
        #expect(status == 0 && submission.starts() == 1, "round \(round)")
      } else {
        #expect(status == 76 && submission.starts() == 0, "round \(round)")
        #expect(standing(submission)?.kind == .revoked, "round \(round)")
      }
    }
  }

  /// Two starts of one requeued job, which cannot be and must not matter.
  @Test func ofTwoLaterStartsExactlyOneTrains() async throws {
    for restarts in [[1, 1], [1, 2], [3, 2], [1, 2], [3, 2]] {
      let submission = try Submission(configs: [["seed": 1]], body: "exit 3")
      try taken(0, submission)
      async let first = submission.start(Submission.slurm(job: 7, restart: restarts[0]))
      async let second = submission.start(Submission.slurm(job: 7, restart: restarts[1]))
      let statuses = try await [first.status, second.status]
      // One after the other both may train, the later restart last; never more than that.
      #expect(statuses.allSatisfy { $0 == 3 || $0 == 76 } && statuses.contains(3), "\(statuses)")
      #expect(submission.starts() == statuses.count { $0 == 3 })
      if restarts[0] == restarts[1] { #expect(submission.starts() == 1) }
      #expect(submission.exitRecord()?.restart == standing(submission)?.restart)
    }
  }

  /// It has the claim and waits for another start to end; meanwhile somebody is told that it is gone.
  @Test func whoIsSupersededWhileItWaitsTrainsNothing() async throws {
    let submission = try Submission(configs: [["seed": 1]])
    try submission.put("another.token 0\n", "owner")
    try submission.put("", "heartbeat")
    let beat = "\(submission.tasks[0].runDirectory)/heartbeat"
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSinceNow: 3600)], ofItemAtPath: beat)
    async let start = submission.start(Submission.slurm(job: 7))
    let claim = try await eventually { standing(submission) }
    #expect(try takeBack(submission, after: claim) == nil)
    try FileManager.default.removeItem(atPath: beat)
    let output = try await start
    #expect(output.status == 76 && output.error.contains("was claimed anew"), "\(output)")
    #expect(submission.starts() == 0)
  }

  // MARK: What a network file system answers

  /// The request was carried out and its reply lost.
  @Test func aLinkThatWasMadeIsWonWhateverLnSays() async throws {
    let submission = try Submission(configs: [["seed": 1]], body: "exit 3")
    try submission.scratch.write(
      "#!/bin/bash\n/bin/ln \"$@\"\nexit 1\n", to: "bin/ln", executable: true)
    for restart in 0...1 {
      #expect(try await submission.start(Submission.slurm(job: 7, restart: restart)).status == 3)
    }
    #expect(submission.starts() == 2)
  }

  /// The link appears only when its maker has given up on it.
  @Test func aLinkThatIsMadeLateIsOneStill() async throws {
    let submission = try Submission(configs: [["seed": 1]])
    try submission.scratch.write(
      "#!/bin/bash\n(sleep 0.2; /bin/ln \"$@\") </dev/null >/dev/null 2>&1 &\nexit 1\n",
      to: "bin/ln", executable: true)
    #expect(try await submission.start(Submission.slurm(job: 7)).status == 0)
    #expect(submission.starts() == 1 && standing(submission)?.generation == 0)
  }

  @Test func aFileSystemWithoutHardLinksIsNamed() async throws {
    let submission = try Submission(configs: [["seed": 1]])
    try submission.scratch.write("#!/bin/bash\nexit 1\n", to: "bin/ln", executable: true)
    let output = try await submission.start(Submission.slurm(job: 7))
    #expect(output.status == 74 && output.error.contains("no hard link can be made"), "\(output)")
    #expect(submission.starts() == 0)
  }
}
