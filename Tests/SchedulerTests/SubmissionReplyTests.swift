import Scheduler
import Testing

private let request = SubmissionRequest(
  token: "exp.Abcdef123456", script: "/s/script.sh", directory: "/s", workingDirectory: "/w",
  tasks: [TaskRequest(index: 0, runDirectory: "/r")], isArray: false)

private func submit(_ result: CommandResult) async -> SubmissionOutcome {
  let slurm = FakeSlurm { command in
    command.executable == "sbatch" ? result : .success("cpu*|up|infinite\ngpu|up|1:00:00\n")
  }
  return await SlurmExecutor(environment: [:], runner: slurm).submit(request)
}

extension SubmissionOutcome {
  fileprivate var kind: String {
    switch self {
    case .accepted: "accepted"
    case .refused: "refused"
    case .unreachable: "unreachable"
    case .unconfirmed: "unconfirmed"
    }
  }
}

@Suite struct SubmissionReplyTests {
  @Test(arguments: [("21449738\n", 21_449_738), ("12;cluster-1\n", 12), (" 7\n", 7)])
  func anIdIsAnAcceptance(_ output: String, _ id: Int) async {
    #expect(await submit(.success(output)) == .accepted(jobID: id))
  }

  @Test(arguments: [
    "", "\n", "0", "-3", "12 13", "12\n13\n", "Submitted batch job 12\n", "12;\n", "12;a;b\n",
    "99999999999999999999\n", "banner\n12\n", "1 2\n", "2", "21449738",
  ])
  func anythingElseLeavesItUnconfirmed(_ output: String) async {
    #expect(await submit(.success(output)).kind == "unconfirmed")
  }

  /// What the real one said, and the word that the hint must hold.
  @Test(arguments: [
    (1, "sbatch: error: Batch job submission failed: Invalid partition name specified", "sinfo -s"),
    (
      1,
      "sbatch: error: Batch job submission failed: Invalid account or account/partition "
        + "combination specified", "sacctmgr"
    ),
    (1, "sbatch: error: Batch job submission failed: Invalid qos specification", "sacctmgr"),
    (255, "sbatch: error: Invalid --time specification", "sbatch --help"),
    (255, "sbatch: error: Invalid --mem specification", "sbatch --help"),
    (255, "sbatch: unrecognized option '--foo=1'", "does not know"),
    (1, "sbatch: error: Batch job submission failed: Invalid feature specification", "%f"),
    (1, "sbatch: error: Invalid generic resource (gres) specification", "%G"),
    (
      1,
      "sbatch: error: Batch job submission failed: Requested node configuration is not available",
      "sinfo"
    ),
    (
      1, "sbatch: error: Batch job submission failed: More processors requested than permitted",
      "sinfo"
    ),
    (
      1,
      "sbatch: error: Batch job submission failed: Requested time limit is invalid (missing or "
        + "exceeds some limit)", "longest"
    ),
    (1, "sbatch: error: Batch job submission failed: Node count specification invalid", "sinfo"),
    (
      1,
      "sbatch: error: AssocMaxSubmitJobLimit\nsbatch: error: Batch job submission failed: Job "
        + "violates accounting/QOS policy (job submit limit, user's size and/or time limits)",
      "limits"
    ),
    (
      1,
      "sbatch: error: Batch job submission failed: Required partition not available (inactive "
        + "or drain)", "sinfo"
    ),
    (
      1, "sbatch: error: Batch job submission failed: Invalid job array specification",
      "MaxArraySize"
    ),
    (1, "sbatch: error: Batch job submission failed: Job dependency problem", "wait"),
  ])
  func whatSlurmRefusesIsRefusedWithAHint(_ code: Int, _ words: String, _ hint: String) async {
    let outcome = await submit(.failure(words + "\n", code: code))
    guard case .refused(let reason, let advice) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    #expect(!reason.contains("sbatch: error"))
    #expect(advice?.contains(hint) == true)
  }

  @Test(arguments: [
    "sbatch: error: Invalid directive found in batch script: hello",
    "sbatch: fatal: a.sh: line 2: Unmatched `\"` in [--mem=\"4G]",
    "sbatch: error: Invalid numeric value \"x\" for --ntasks.",
    "sbatch: error: Unable to open file /s/script.sh",
    "sbatch: error: Batch script is empty!",
    "sbatch: error: Batch script contains DOS line breaks (\\r\\n)",
    "sbatch: error: This does not look like a batch script.  The first",
    "sbatch: error: Batch job submission failed: Pathname of a file, directory or other "
      + "parameter too long",
    "sbatch: error: you must name a project\n"
      + "sbatch: error: Batch job submission failed: Unspecified error",
  ])
  func otherRefusals(_ words: String) async {
    #expect(await submit(.failure(words + "\n")).kind == "refused")
  }

  @Test func theNearestPartitionIsNamed() async {
    let outcome = await submit(
      .failure(
        "sbatch: error: invalid partition specified: cpuu\n"
          + "sbatch: error: Batch job submission failed: Invalid partition name specified\n"))
    #expect(
      outcome
        == .refused(
          reason: "invalid partition specified: cpuu; "
            + "Batch job submission failed: Invalid partition name specified",
          hint: "did you mean cpu? `sinfo -s` lists the partitions"))
  }

  @Test(arguments: [
    "Batch job submission failed: Unable to contact slurm controller (connect failure)",
    "Munge encode failed: Failed to access \"/run/munge/munge.socket.2\": No such file",
  ])
  func noConnectionMeansNothingWasHandedOver(_ words: String) async {
    #expect(await submit(.failure("sbatch: error: \(words)\n")).kind == "unreachable")
  }

  @Test(arguments: [
    CommandResult.failure(
      "sbatch: error: Batch job submission failed: Socket timed out on send/recv operation\n"),
    .failure("sbatch: error: Batch job submission failed: Zero Bytes were transmitted or received"),
    .failure("sbatch: error: Batch job submission failed: Unspecified error"),
    .failure("sbatch: error: something that nobody has seen before"),
    .failure(
      "sbatch: error: Slurm temporarily unable to accept job, sleeping and retrying\n"
        + "sbatch: error: Batch job submission failed: Transport endpoint is not connected\n"),
    .failure(
      "sbatch: error: Batch job submission failed: Socket timed out on send/recv operation\n"
        + "sbatch: error: Unable to contact slurm controller (connect failure)\n"),
    .failure(""), .init(.signalled(9)), .init(.signalled(15), timedOut: true),
    .init(.exited(0), standardOutput: "12\n", timedOut: true),
  ])
  func everyDoubtLeavesItUnconfirmed(_ result: CommandResult) async {
    #expect(await submit(result).kind == "unconfirmed")
  }

  @Test(arguments: [
    (CommandFailure.notFound("sbatch"), "unreachable"),
    (.notStarted("sbatch", reason: "no folder"), "refused"),
    (.lost("sbatch", reason: "broken pipe"), "unconfirmed"),
  ])
  func whenSbatchGivesNoResult(_ failure: CommandFailure, _ kind: String) async {
    let slurm = FakeSlurm { _ throws(CommandFailure) in throw failure }
    #expect(await SlurmExecutor(environment: [:], runner: slurm).submit(request).kind == kind)
  }

  @Test func sbatchIsCalledOnceWithTheScriptAlone() async throws {
    let slurm = FakeSlurm { _ in .failure("anything") }
    _ = await SlurmExecutor(environment: [:], runner: slurm).submit(request)
    #expect(slurm.calls(of: "sbatch") == [["--parsable", "/s/script.sh"]])
    #expect(slurm.commands.first?.workingDirectory == "/w")
  }

  @Test func whatWasKnownTooLateForTheScriptIsSaidBesideIt() async throws {
    let slurm = FakeSlurm { _ in .failure("anything") }
    var request = request
    request.dependency = "afterok:3,afterany:7:8"
    _ = await SlurmExecutor(environment: [:], runner: slurm).submit(request)
    #expect(
      slurm.calls(of: "sbatch")
        == [
          [
            "--parsable", "--dependency=afterok:3,afterany:7:8", "--kill-on-invalid-dep=yes",
            "/s/script.sh",
          ]
        ])
  }
}
