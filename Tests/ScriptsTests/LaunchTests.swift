import Foundation
import RunContract
import TestSupport
import Testing

/// Launches that Slurm itself fails: of whatever happens, a trainer begins once at most.
@Suite struct LaunchTests {
  private static let exec = "while [[ $1 != -- ]]; do shift; done; shift; "

  /// A submission whose srun is this script, and whose pauses between launches are short.
  private func submission(
    _ body: String = "exit 0", srun: String, pauses: String = "0 0 0", maxRequeues: Int = 0
  ) throws -> Submission {
    let submission = try Submission(
      configs: [["seed": 1]], body: body, maxRequeues: maxRequeues)
    try submission.replace("pauses=(2 10 30)", with: "pauses=(\(pauses))")
    try submission.scratch.write(
      """
      #!/bin/bash
      echo launch >>'\(submission.scratch("launches"))'
      launches=$(wc -l <'\(submission.scratch("launches"))')
      \(srun)
      """, to: "bin/srun", executable: true)
    return submission
  }

  /// One whose first trainer outlives its srun, and whose second one ends at once.
  /// - Parameter then: what that srun does before it ends; the trainer's process is `$!`.
  private func outliving(onTerm: String, then: String = "") throws -> Submission {
    try submission(
      """
      trap '\(onTerm)' TERM
      [[ $ORCHESTRATE_RESTART -eq 0 ]] || { echo again >>times; exit 0; }
      for ((i = 0; i < 600; i++)); do sleep 0.1; done
      echo late >>times
      """,
      srun: """
        \(Self.exec)
        [[ ${SLURM_RESTART_COUNT:-0} -eq 0 ]] || exec "$@"
        setsid "$@" &
        until [[ -e $ORCHESTRATE_RUN_DIR/starts ]]; do sleep 0.1; done
        \(then)
        exit 0
        """)
  }

  private func launches(_ submission: Submission) -> Int {
    submission.scratch.read("launches")?.split(separator: "\n").count ?? 0
  }

  /// What the script and its ranks leave for each other is gone in the end.
  private func expectNoWords(_ submission: Submission) throws {
    let names = try namesInFolder(submission.tasks[0].runDirectory)
    let words = [
      ".ready.", ".began.", ".closed.", ".done.", ".told.", ".catches.", ".again.", ".bad.",
    ]
    #expect(!names.contains { name in words.contains(where: name.hasPrefix) }, "\(names)")
  }

  @Test(arguments: [1, 2, 3])
  func whatSlurmDidNotLaunchIsLaunchedOnceMore(failures: Int) async throws {
    let submission = try submission(
      srun: "((launches > \(failures))) || exit 226; \(Self.exec) exec \"$@\"")
    #expect(try await submission.start(Submission.slurm(job: 7)).status == 0)
    #expect(submission.starts() == 1 && launches(submission) == failures + 1)
    #expect(submission.exitRecord()?.code == 0 && submission.exitRecord()?.wasLaunched == true)
    #expect(submission.file("output.log")?.contains("Slurm did not launch the trainer") == true)
    try expectNoWords(submission)
  }

  @Test(arguments: [(226, 226), (1, 1), (0, 74)])
  func whatIsNeverLaunchedHasFailedAndSaysSo(srun: Int, code: Int) async throws {
    let submission = try submission(srun: "exit \(srun)")
    #expect(try await submission.start(Submission.slurm(job: 7)).status == code)
    #expect(submission.starts() == 0 && launches(submission) == 4)
    let record = try #require(submission.exitRecord())
    #expect(record.code == code && !record.wasLaunched)
    #expect(submission.file("exit.json") == record.text)
    try expectNoWords(submission)
  }

  @Test(arguments: [1, 74, 226])
  func aTrainerThatFailsByItselfIsNotLaunchedAgain(code: Int) async throws {
    let submission = try submission("exit \(code)", srun: "\(Self.exec) exec \"$@\"")
    #expect(try await submission.start(Submission.slurm(job: 7)).status == code)
    #expect(submission.starts() == 1 && launches(submission) == 1)
    #expect(submission.exitRecord()?.wasLaunched == true)
  }

  /// srun gives up, and the node's daemon starts the rank all the same, later.
  @Test func aRankThatComesAfterItsLaunchWasGivenUpTrainsNothing() async throws {
    let submission = try submission(
      "echo \"$PPID\" >>trained",
      srun: """
        \(Self.exec)
        ((launches == 1)) || exec "$@"
        ( until [[ -e $ORCHESTRATE_RUN_DIR/trained ]]; do sleep 0.05; done
          "$@"; echo "$?" >"$ORCHESTRATE_RUN_DIR/late" ) &
        exit 1
        """)
    #expect(try await submission.start(Submission.slurm(job: 7)).status == 0)
    let late = try await eventually { submission.file("late") }
    #expect(late == "74\n")
    #expect(submission.starts() == 1)
  }

  /// Ranks that begin at the very moment at which their launch is given up: either they are allowed to, and
  /// srun's failure is the end, or they are not, and the next launch trains.
  @Test func ofARankThatBeginsAndAScriptThatGivesUpOneIsFirst() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for delay in 0..<12 {
        group.addTask {
          let submission = try self.submission(
            "sleep 0.3; exit 9",
            srun: """
              \(Self.exec)
              ((launches == 1)) || exec "$@"
              ( "$@" ) &
              sleep 0.00\(delay); exit 5
              """)
          let status = try await submission.start(Submission.slurm(job: 7)).status
          #expect(submission.starts() == 1)
          // What the rank itself says counts more, if it says so in time.
          #expect(status == 9 || status == 5 && self.launches(submission) == 1)
        }
      }
      try await group.waitForAll()
    }
  }

  @Test func aGoodEndOfAllRanksCountsMoreThanWhatSrunSays() async throws {
    let submission = try submission(
      srun: """
        \(Self.exec)
        export SLURM_STEP_NUM_TASKS=2
        for SLURM_PROCID in 0 1; do export SLURM_PROCID; "$@" || exit; done
        exit 1
        """)
    #expect(try await submission.start(Submission.slurm(job: 7)).status == 0)
    #expect(submission.exitRecord()?.code == 0 && launches(submission) == 1)
    try expectNoWords(submission)
  }

  @Test func oneRankThatCameToItsEndIsNotAll() async throws {
    let submission = try submission(
      srun: """
        \(Self.exec)
        export SLURM_STEP_NUM_TASKS=2 SLURM_PROCID=0
        "$@"
        exit 1
        """)
    #expect(try await submission.start(Submission.slurm(job: 7)).status == 1)
    #expect(submission.exitRecord()?.code == 1)
  }

  /// Slurm's warning before the time limit, and scancel, come while the script waits to launch again.
  @Test(arguments: [("USR1", 75, true), ("TERM", 143, false)])
  func aSignalBetweenTwoLaunchesEndsTheScript(
    signal: String, code: Int, comesBack: Bool
  ) async throws {
    let submission = try submission(srun: "exit 226", pauses: "600", maxRequeues: 1)
    let output = try await submission.drive(
      """
      bash "$1" &
      for ((i = 0; i < 300; i++)); do
        grep -qs "once more" "$2/output.log" && break; sleep 0.1
      done
      kill -s \(signal) $!
      wait $!
      """, Submission.slurm(job: 7))
    #expect(output.status == code, "\(output)")
    #expect(submission.starts() == 0 && launches(submission) == 1)
    #expect(submission.exitRecord()?.wasLaunched == false)
    #expect(submission.requeues.isEmpty != comesBack)
  }

  // MARK: What srun no longer waits for

  /// srun ends with 0 where a node took its ranks along, and where tasks do not end within KillWait.
  @Test func ofRanksThatAreGivenUpSrunsGoodEndIsNone() async throws {
    let submission = try submission(
      "exec sleep 300", srun: "\(Self.exec) timeout 1 \"$@\"; exit 0")
    #expect(try await submission.start(Submission.slurm(job: 7)).status == 74)
    let record = try #require(submission.exitRecord())
    #expect(record.areRanksLost && record.code == 74 && record.wasLaunched)
    #expect(submission.file("exit.json") == record.text)
    #expect(submission.starts() == 1 && launches(submission) == 1)
  }

  @Test(arguments: ["", "kill -s USR1 $pid; sleep 0.2"])
  func ofRanksThatWereToldToEndTheSignalIsTheEnd(_ warning: String) async throws {
    let submission = try submission(
      "trap '' TERM; sleep 3",
      srun: "trap '' USR1; trap : TERM; \(Self.exec) \"$@\" & wait $!; exit 0")
    let output = try await submission.drive(
      """
      bash "$1" &
      pid=$!
      until [[ -e $2/starts ]]; do sleep 0.1; done
      \(warning)
      kill -s TERM $pid
      wait $pid
      """, Submission.slurm(job: 7))
    #expect(output.status == 143, "\(output)")
    #expect(submission.exitRecord()?.areRanksLost == true)
    #expect(submission.requeues.isEmpty)
  }

  @Test func aGoodEndNamesItsRanks() async throws {
    let submission = try submission(srun: "\(Self.exec) exec \"$@\"")
    #expect(try await submission.start(Submission.slurm(job: 7)).status == 0)
    #expect(submission.exitRecord()?.ranks == 1)
    #expect(submission.file("exit.json") == submission.exitRecord()?.text)
  }

  /// The daemon of the step was killed: srun does not hear of the end.
  @Test func anSrunThatHangsAfterTheGoodEndOfAllRanksIsEnded() async throws {
    let submission = try submission(srun: "\(Self.exec) \"$@\"; exec sleep 300")
    try submission.replace("SECONDS - looked >= 10", with: "SECONDS - looked >= 0")
    try submission.replace(":=$SECONDS} >= 60", with: ":=$SECONDS} >= 1")
    #expect(try await submission.start(Submission.slurm(job: 7)).status == 0)
    #expect(submission.exitRecord()?.code == 0 && submission.exitRecord()?.ranks == 1)
  }

  /// The node's daemon was killed, Slurm starts the job elsewhere, and the trainer goes on all the same.
  @Test func aTrainerThatOutlivesItsJobIsEndedByTheNextStart() async throws {
    let submission = try outliving(onTerm: "echo ended >>times; exit 1")
    #expect(try await submission.start(Submission.slurm(job: 7)).status == 74)
    #expect(try await submission.start(Submission.slurm(job: 7, restart: 1)).status == 0)
    #expect(submission.file("times") == "ended\nagain\n")
  }

  /// srun ends the other ranks as soon as one ends badly, and says the highest status of all.
  @Test(arguments: [86, 65, 1, 137]) func theEndOfTheRankThatFailedFirstCounts(_ code: Int)
    async throws
  {
    let submission = try submission(
      "[[ $SLURM_PROCID -ne 0 ]] || exit \(code); kill -s TERM $$",
      srun: """
        \(Self.exec)
        export SLURM_STEP_NUM_TASKS=2
        SLURM_PROCID=0 "$@"
        SLURM_PROCID=1 SLURM_LOCALID=1 "$@"
        exit 143
        """)
    #expect(try await submission.start(Submission.slurm(job: 7)).status == Int32(code))
    #expect(submission.exitRecord()?.code == code)
    try expectNoWords(submission)
  }

  /// MPI_Abort has Slurm kill all ranks and their shells at once.
  @Test func whatARankSaidBeforeItsShellWasKilledCounts() async throws {
    let submission = try submission(
      "exit 65",
      srun: """
        \(Self.exec)
        "$@" &
        shell=$!
        for ((i = 0; i < 100; i++)); do
          ! ls "$ORCHESTRATE_RUN_DIR"/.ended.* >/dev/null 2>&1 || break
          sleep 0.01
        done
        kill -s KILL $shell
        exit 137
        """)
    #expect(try await submission.start(Submission.slurm(job: 7)).status == 65)
    let record = try #require(submission.exitRecord())
    #expect(record.code == 65 && record.isOfARank, "\(record)")
    try expectNoWords(submission)
  }

  /// The node froze while its start waited for the one before it, another start took over, and the node thaws.
  @Test func aStartThatThawsWhileItWaitsTellsNobodyToEnd() async throws {
    let submission = try submission(srun: "\(Self.exec) exec \"$@\"")
    // The start before this one lives; then another one claims the run.
    let token = submission.token
    try submission.put("kind=claim\njob_id=7\nrestart=0\n", "claims/\(token)")
    try submission.put("\(token) 0\n", "owner")
    try submission.put("", "heartbeat")
    let output = try await submission.drive(
      """
      SLURM_JOB_ID=7 SLURM_RESTART_COUNT=1 bash "$1" 2>said &
      pid=$!
      until grep -q waiting said; do sleep 0.1; done
      printf 'kind=claim\\njob_id=7\\nrestart=2\\n' >"$2/claims/\(token).1"
      for ((i = 0; i < 250; i++)); do
        touch "$2/heartbeat"
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.1
      done
      wait "$pid"
      code=$?
      cat said
      exit "$code"
      """)
    #expect(output.status == 76 && submission.starts() == 0, "\(output)")
    #expect(submission.file("successor") == nil)
  }

  /// The node froze, the run was started elsewhere, and the node thaws: nobody has told its trainer to end.
  @Test func aTrainerThatThawsWhileAnotherStartOwnsTheRunIsKilled() async throws {
    let submission = try outliving(
      onTerm: "echo ended >>times",
      then: """
        kill -s STOP -- "-$!"
        echo "$!" >"$ORCHESTRATE_RUN_DIR/frozen"
        """)
    #expect(try await submission.start(Submission.slurm(job: 7)).status == 74)
    let group = try #require(submission.file("frozen").flatMap { pid_t($0.dropLast()) })
    defer { kill(-group, SIGKILL) }
    #expect(try await submission.start(Submission.slurm(job: 7, restart: 1)).status == 0)
    #expect(kill(-group, 0) == 0 && kill(-group, SIGCONT) == 0)
    try await eventually(within: .seconds(30)) { kill(-group, 0) != 0 }
    #expect(submission.file("times") == "again\n")
  }

  @Test func aDirectoryOfAnotherConfigIsNotTrainedIn() async throws {
    let submission = try submission(srun: "\(Self.exec) exec \"$@\"")
    try submission.put(#"{"seed":2}"#, "config.json")
    try submission.put(#"{"code":0,"restart":0,"time":1,"token":"mix.zzzzzzzzzzzz"}"#, "exit.json")
    let output = try await submission.start(Submission.slurm(job: 7))
    #expect(output.status == 65 && submission.starts() == 0)
    #expect(output.error.contains("another run's"), "\(output)")
    #expect(submission.file("config.json") == #"{"seed":2}"#)
  }
}
