import Registry
import RunContract
import Scheduler

/// How a start of a run ended, as a state and in words.
public struct RunEnd: Equatable, Sendable {
  public var state: RunState
  public var reason: String?
}

/// The state that a trainer's exit status stands for: the one place where exit codes become states.
/// - Parameter code: the status as a shell gives it, 128 + n after signal n.
public func runEnd(exitCode code: Int) -> RunEnd {
  switch TrainerExit(rawValue: Int32(clamping: code)) {
  case .finished: RunEnd(state: .completed)
  case .usage: RunEnd(state: .failed, reason: "exit 64: the trainer's command line is wrong")
  case .badData: RunEnd(state: .failed, reason: "exit 65: the data or the config is wrong")
  case .runAgain:
    RunEnd(state: .failed, reason: "exit 75: stopped before the end and asks to be run again")
  case .claimRefused:
    RunEnd(state: .failed, reason: "exit 76: another start holds the claim; nothing was trained")
  case .diverged: RunEnd(state: .diverged, reason: "exit 86: the gradient exploded")
  case nil where code > 128 && code <= 192:
    RunEnd(state: .failed, reason: "ended by signal \(code - 128)")
  case nil: RunEnd(state: .failed, reason: "exit \(code)")
  }
}

/// The state that an executor's word stands for; `nil` where it changes nothing.
/// - Parameter record: what the run directory says of this very start, where it says anything. It
///   refines a plain failure and stands in for an exit status that the executor does not know.
public func runEnd(of job: JobObservation, record: ExitRecord?) -> RunEnd? {
  switch job.phase {
  case .unknown: return nil
  case .pending: return RunEnd(state: .pending, reason: job.reason)
  case .running: return RunEnd(state: .running, reason: job.reason)
  case .requeued: return RunEnd(state: .requeued, reason: job.reason)
  case .completed:
    // Slurm's own word for an exit status of 0.
    return RunEnd(state: .completed)
  case .failed:
    if let signal = job.signal, signal > 0 { return runEnd(exitCode: 128 + signal) }
    guard let code = job.exitCode ?? record?.code, code != 0 else {
      return RunEnd(state: .failed, reason: job.reason)
    }
    return runEnd(exitCode: code)
  case .cancelled: return RunEnd(state: .cancelled, reason: job.reason)
  case .timedOut: return RunEnd(state: .timedOut, reason: job.reason ?? "reached its time limit")
  case .outOfMemory:
    return RunEnd(state: .outOfMemory, reason: job.reason ?? "used more memory than it asked for")
  case .nodeFailed: return RunEnd(state: .nodeFailed, reason: job.reason ?? "a node failed")
  case .preempted: return RunEnd(state: .cancelled, reason: "preempted by another job")
  }
}
