import Foundation
import Scheduler
import Synchronization

/// Answers in the place of Slurm and remembers what was asked.
final class FakeSlurm: CommandRunner {
  private let answer: @Sendable (Command) async throws(CommandFailure) -> CommandResult
  private let log = Mutex<[Command]>([])

  init(_ answer: @escaping @Sendable (Command) async throws(CommandFailure) -> CommandResult) {
    self.answer = answer
  }

  var commands: [Command] { log.withLock { $0 } }

  /// The calls of one command, each as its arguments.
  func calls(of name: String) -> [[String]] {
    commands.filter { $0.executable == name }.map(\.arguments)
  }

  func run(_ command: Command) async throws(CommandFailure) -> CommandResult {
    log.withLock { $0.append(command) }
    return try await answer(command)
  }
}

extension CommandResult {
  static func success(_ output: String) -> Self { .init(.exited(0), standardOutput: output) }
  static func failure(_ words: String, code: Int = 1) -> Self {
    .init(.exited(code), standardError: words)
  }
}

/// A line of squeue as the real one prints it.
struct QueueLine {
  var id = 7
  var index = "N/A"
  var state = "RUNNING"
  var submit = "1795373022"
  var start = "1795373024"
  var end = "1795376624"
  var restarts = "0"
  var exit = "0"
  var derived = "0"
  var nodes = "n1"
  var reason = "None"
  var preempted = "N/A"
  var name = "exp.Abcdef123456"

  fileprivate var fields: [String] {
    [
      "\(id)", index, state, submit, start, end, restarts, exit, derived, nodes, reason, preempted,
      name,
    ]
  }
}

/// What squeue prints for these lines.
func queueText(_ lines: [QueueLine]) -> String {
  let header = [
    "ARRAY_JOB_ID", "ARRAY_TASK_ID", "STATE", "SUBMIT_TIME", "START_TIME", "END_TIME",
    "RESTART_COUNT", "EXIT_CODE", "DERIVED_EC", "NODELIST", "REASON", "PREEMPT_TIME", "NAME",
  ]
  return table([header] + lines.map(\.fields))
}

/// What sacct prints for these rows of JobID, State, Submit, Start, End, ExitCode, NodeList, JobName,
/// with this DerivedExitCode, this Reason and this time of Eligible in each.
func accountingText(
  _ rows: [[String]], derived: String = "0:0", reason: String = "None",
  eligible: String = "1795373022"
) -> String {
  let header = ["JobID", "State", "Submit", "Start", "End", "ExitCode", "NodeList", "JobName"]
  let whole =
    [header + ["DerivedExitCode", "Reason", "Eligible"]]
    + rows.map { $0 + [derived, reason, eligible] }
  // In the order in which they are asked for.
  return table(whole.map { $0[..<6] + [$0[8]] + $0[6..<8] + $0[9...] })
}

private func table(_ rows: [some Sequence<String>]) -> String {
  rows.map { $0.map { "\($0)\u{1F}" }.joined() + "\n" }.joined()
}

/// A Slurm with this queue and these records.
func fakeSlurm(
  queue: [QueueLine], accounting: [[String]]? = nil, derived: String = "0:0"
) -> FakeSlurm {
  FakeSlurm { command in
    switch command.executable {
    case "squeue": .success(queueText(queue))
    case "sacct":
      accounting.map { .success(accountingText($0, derived: derived)) }
        ?? .failure("Slurm accounting storage is disabled\n")
    default: .success("")
    }
  }
}

func reference(
  _ token: String = "exp.Abcdef123456", id: Int? = 7, index: Int? = nil,
  submitted: Double? = nil
) -> JobReference {
  JobReference(
    token: token, jobID: id, arrayIndex: index, submitTime: submitted, runDirectory: "/none")
}
