import Foundation
import RunContract
import Scripts
import TestSupport
import Testing

/// What a signal to the script does.
@Suite struct SignalTests {
  /// A trainer that says which signal came, takes its time, and ends with 75.
  private static let patient = """
    trap 'echo got TERM; sleep 0.5; exit 75' TERM
    trap 'echo got USR1; sleep 0.5; exit 75' USR1
    touch ready
    for ((i = 0; i < 600; i++)); do sleep 0.1; done
    """

  private static let driver = """
    bash "$1" &
    pid=$!
    for ((i = 0; i < 300; i++)); do [[ -e $2/ready ]] && break; sleep 0.1; done
    """

  @Test(arguments: [("TERM", "TERM"), ("INT", "TERM"), ("USR1", "USR1")])
  func isPassedOnAndTheTrainersOwnEndIsRecorded(signal: String, seen: String) async throws {
    let submission = try Submission(configs: [["seed": 1]], body: Self.patient)
    // `kill` comes twice: the second one arrives while the trainer is already ending.
    let output = try await submission.drive(
      """
      set -m
      \(Self.driver)
      kill -s \(signal) "$pid"; sleep 0.2; kill -s \(signal) "$pid"
      wait "$pid"
      """)
    #expect(output.status == 75, "\(output)")
    #expect(submission.exitRecord()?.code == 75)
    #expect(submission.file("output.log")?.contains("got \(seen)") == true)
  }

  /// Slurm and terminals signal whole groups; a trainer may need longer than a pulse to end.
  @Test func thePulseGoesOnWhileTheTrainerEnds() async throws {
    let submission = try Submission(
      configs: [["seed": 1]],
      body: """
        beat() { stat -c %y heartbeat; }
        await_beat() {
          for ((j = 0; j < 100; j++)); do [[ $(beat) != "$before" ]] && exit 75; sleep 0.1; done
          exit 99
        }
        trap 'before=$(beat); await_beat' TERM
        touch ready
        for ((i = 0; i < 600; i++)); do sleep 0.1; done
        """)
    let output = try await submission.drive(
      """
      set -m
      \(Self.driver)
      kill -s TERM -- "-$pid"
      wait "$pid"
      """)
    #expect(output.status == 75, "\(output)")
  }

  @Test func nothingOfTheScriptOutlivesIt() async throws {
    let submission = try Submission(configs: [["seed": 1]])
    #expect(try await submission.start().status == 0)
    try await eventually { try await run("pgrep", ["-f", submission.scratch.path]).status == 1 }
  }

  @Test func aKilledScriptLeavesNoRecordAndItsPulseStops() async throws {
    let submission = try Submission(configs: [["seed": 1]], body: "touch ready; sleep 8")
    let output = try await submission.drive(
      """
      \(Self.driver)
      kill -KILL "$pid"
      wait "$pid"
      """)
    #expect(output.status == 137, "\(output)")
    #expect(submission.exitRecord() == nil && submission.file("heartbeat") != nil)
    try await eventually(within: .seconds(30)) {
      try await run("pgrep", ["-f", submission.scratch.path]).status == 1
    }
  }

  @Test func aSignalBeforeTheTrainerStartsStopsTheScript() async throws {
    // The predecessor seems to live, so the script waits; then it is told to end.
    let submission = try Submission(configs: [["seed": 1]])
    try submission.put("another.token 0\n", "owner")
    try submission.put("", "heartbeat")
    // A pulse that does not grow old, however slowly this machine starts the script.
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSinceNow: 3600)],
      ofItemAtPath: "\(submission.tasks[0].runDirectory)/heartbeat")
    let output = try await submission.drive(
      """
      bash "$1" 2>said &
      pid=$!
      for ((i = 0; i < 300; i++)); do grep -q waiting said && break; sleep 0.1; done
      kill -s TERM "$pid"
      wait "$pid"
      """)
    #expect(output.status == 143, "\(output)")
    #expect(submission.starts() == 0)
  }
}
