import Foundation
import RunContract
import TestSupport
import Testing

/// Trainers that leave with 0 because they were told to end: that is no word of a training at its end.
@Suite struct ToldToEndTests {
  /// A trainer that leaves with 0 as soon as it is told to end; a later start ends well by itself.
  private static let body = """
    [[ $ORCHESTRATE_RESUME -eq 0 ]] || exit 0
    trap 'exit 0' TERM
    echo "$$" >pid
    for ((i = 0; i < 600; i++)); do sleep 0.1; done
    """

  /// Whom the signals reach: `$pid` leads the script's group, `$trainer` is what its rank has started.
  @Test(arguments: [
    ("the script alone, without Slurm", [:], "kill -s TERM $pid"),
    ("the whole job", Submission.slurm(job: 7), "kill -s TERM -- -$pid"),
    ("the step alone", Submission.slurm(job: 7), "kill -s TERM $trainer $(ps -o ppid= $trainer)"),
    (
      "its rank a moment after it", Submission.slurm(job: 7),
      "rank=$(ps -o ppid= $trainer); kill -s TERM $trainer; sleep 0.4; kill -s TERM $rank"
    ),
    (
      "the whole job, after a warning", Submission.slurm(job: 7),
      "kill -s USR1 $pid; sleep 1; kill -s TERM -- -$pid"
    ),
  ])
  func aTrainerThatThenLeavesWith0HasNotComeToItsEnd(
    _ whom: String, _ variables: [String: String], _ signals: String
  ) async throws {
    let submission = try Submission(configs: [["seed": 1]], body: Self.body, maxRequeues: 1)
    let output = try await submission.drive(
      """
      set -m
      bash "$1" &
      pid=$!
      until [[ -s $2/pid ]] && ls "$2"/.catches.* >/dev/null 2>&1; do sleep 0.1; done
      trainer=$(<"$2/pid")
      \(signals)
      wait "$pid"
      """, variables)
    #expect(output.status == 143, "\(output)")
    #expect(submission.exitRecord()?.code == 143 && submission.exitRecord()?.ranks == nil)
    #expect(submission.requeues.isEmpty)
    #expect(submission.file("output.log")?.contains("left with 0") == true)
    let words = try namesInFolder(submission.tasks[0].runDirectory)
    #expect(
      !words.contains { word in
        [".told.", ".done.", ".catches."].contains(where: word.hasPrefix)
      }, "\(words)")
    guard !variables.isEmpty else { return }
    // The job is requeued: it trains on, and to its end.
    #expect(try await submission.start(Submission.slurm(job: 7, restart: 1)).status == 0)
    #expect(submission.starts() == 2 && submission.exitRecord()?.ranks == 1)
  }

  /// One that has no handler, and lets another work, leaves with 0 because that one was ended.
  @Test(arguments: [[:], Submission.slurm(job: 7)])
  func aTrainerWhoseHelperIsEndedHasNotComeToItsEnd(_ variables: [String: String]) async throws {
    let submission = try Submission(
      configs: [["seed": 1]],
      body: """
        trap '' TERM
        echo "$$" >pid
        env --default-signal=TERM sleep 300
        exit 0
        """)
    let output = try await submission.drive(
      """
      set -m
      bash "$1" &
      pid=$!
      until [[ -s $2/pid ]] && ls "$2"/.catches.* >/dev/null 2>&1; do sleep 0.1; done
      kill -s TERM -- "-$pid"
      wait "$pid"
      """, variables)
    #expect(output.status == 143, "\(output)")
    #expect(submission.exitRecord()?.code == 143)
  }

  /// With a grace time Slurm tells the ranks alone to end, calls that a failure, and forgets why.
  @Test(arguments: [
    ("2026-11-29T08:21:12", "exec sleep 300", true), ("N/A", "exec sleep 300", false),
    ("2026-11-29T08:21:12", "trap 'exit 86' TERM; sleep 300 & wait", false),
    ("2026-11-29T08:21:12", "trap 'exit 0' TERM; sleep 300 & wait", true),
  ])
  func whoWasPreemptedSaysSo(_ time: String, _ body: String, _ isPreempted: Bool) async throws {
    let submission = try Submission(
      configs: [["seed": 1]], body: "echo \"$$\" >pid; sleep 1; \(body)")
    try submission.scratch.write(
      "#!/bin/bash\necho '\(time)'\n", to: "bin/squeue", executable: true)
    _ = try await submission.drive(
      """
      bash "$1" &
      pid=$!
      until [[ -s $2/pid ]]; do sleep 0.1; done
      trainer=$(<"$2/pid")
      sleep 3 # until it is seen whether it has a handler
      kill -s TERM $trainer $(ps -o ppid= $trainer) $(ps -o pid= --ppid $trainer)
      wait "$pid"
      """, Submission.slurm(job: 7))
    let record = try #require(submission.exitRecord())
    #expect(record.wasPreempted == isPreempted && record.code != 0, "\(record)")
  }

  /// The signal came when the trainer was done: one that has no handler cannot have heard it.
  @Test(arguments: [[:], Submission.slurm(job: 7)])
  func aTrainerThatCannotHearHasComeToItsEnd(_ variables: [String: String]) async throws {
    let submission = try Submission(
      configs: [["seed": 1]],
      body: """
        trap '' TERM
        echo "$$" >pid
        until [[ -e told ]]; do sleep 0.1; done
        """)
    let output = try await submission.drive(
      """
      set -m
      bash "$1" &
      pid=$!
      until [[ -s $2/pid ]]; do sleep 0.1; done
      kill -s TERM -- "-$pid"
      sleep 0.2
      touch "$2/told"
      wait "$pid"
      """, variables)
    #expect(output.status == 0, "\(output)")
    #expect(submission.exitRecord()?.code == 0)
  }
}
