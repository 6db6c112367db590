import Registry
import RunContract
import Scheduler

/// How a start of a run ended, as a state and in words.
public struct RunEnd: Equatable, Sendable {
  public var state: RunState
  public var reason: String?
  /// Whether trying again cannot help: the command line or the data is wrong.
  var isFinal = false
  /// Whether another job took its place: it did nothing wrong and goes on.
  var wasPreempted = false
  /// Whether the trainer was never launched.
  var wasNotLaunched = false
}

/// The state that a trainer's exit status stands for: the one place where exit codes become states.
/// - Parameters:
///   - code: the status as a shell gives it, 128 + n after signal n.
///   - record: what else the job script saw of that end.
public func runEnd(exitCode code: Int, record: ExitRecord? = nil) -> RunEnd {
  if record?.isOutOfMemory == true { return outOfMemoryEnd }
  if record?.wasLaunched == false, code != TrainerExit.runAgain.rawValue {
    return RunEnd(
      state: .failed,
      reason: "Slurm did not launch the trainer (srun: exit \(code)); nothing was trained",
      wasNotLaunched: true)
  }
  if record?.areRanksLost == true, code != TrainerExit.runAgain.rawValue { return lostRanksEnd }
  if record?.wasPreempted == true, TrainerExit(rawValue: Int32(clamping: code)) == nil {
    return preemptedEnd
  }
  switch TrainerExit(rawValue: Int32(clamping: code)) {
  case .finished: return RunEnd(state: .completed)
  case .usage:
    return RunEnd(
      state: .failed, reason: "exit 64: the trainer's command line is wrong", isFinal: true)
  case .badData:
    return RunEnd(
      state: .failed, reason: "exit 65: the data or the config is wrong", isFinal: true)
  case .runAgain:
    return RunEnd(
      state: .failed, reason: "exit 75: stopped before the end and asks to be run again")
  // A refused start leaves no record: who did was the trainer itself, and it means something else by it.
  case .claimRefused where record == nil:
    return RunEnd(
      state: .failed, reason: "exit 76: another start holds the claim; nothing was trained",
      isFinal: true)
  case .diverged: return RunEnd(state: .diverged, reason: "exit 86: the gradient exploded")
  // Slurm's own signal for a job that was ended at its memory limit (SIG_OOM); a trainer may say so of its own.
  case nil where code == 128 + 125 && record?.isOfARank != true: return outOfMemoryEnd
  case .claimRefused: return RunEnd(state: .failed, reason: "exit \(code)")
  case nil where code > 128 && code <= 192:
    return RunEnd(state: .failed, reason: "ended by signal \(code - 128)")
  case nil: return RunEnd(state: .failed, reason: "exit \(code)")
  }
}

/// The number by which Slurm says that a node could not begin the script, as where its log's folder is gone;
/// no job is ever ended by that signal.
private let slurmLaunchFailure = 53

/// The limit of memory ended it.
let outOfMemoryEnd = RunEnd(
  state: .outOfMemory, reason: "used more memory than it asked for")

/// Another job took its place.
private let preemptedEnd = RunEnd(
  state: .cancelled, reason: "preempted by another job", wasPreempted: true)

/// Slurm gave ranks up that have said nothing of their end: it says so itself where it knows why.
let lostRanksEnd = RunEnd(
  state: .nodeFailed,
  reason: "srun no longer waited for ranks that had not said that they came to their end")

/// The end that Slurm's word in a job's log stands for, where no command of Slurm's knows of it any more; `nil` where
/// the trainer's own status says more, or the log says nothing that is an end.
func runEnd(_ why: RunFolder.WhyEnded?, record: ExitRecord?) -> RunEnd? {
  if let code = record?.code, TrainerExit(rawValue: Int32(clamping: code)) != nil { return nil }
  let phase: JobPhase
  switch why {
  case .timeLimit: phase = .timedOut
  case .preempted: phase = .preempted
  case .nodeFailure: phase = .nodeFailed
  case .cancelled, .requeued, .otherwise, nil: return nil
  }
  return runEnd(of: JobObservation(token: "", jobID: 0, phase: phase), record: record)
}

/// The state that an executor's word stands for; `nil` where it changes nothing.
/// - Parameter record: what the run directory says of this very start, where it says anything. It
///   refines a plain failure and stands in for an exit status that the executor does not know.
/// - Parameter hasStarted: whether its script is known to have run: Slurm says of one that was killed, too, that it
///   could not launch it.
public func runEnd(
  of job: JobObservation, record: ExitRecord?, hasStarted: Bool = false
) -> RunEnd? {
  switch job.phase {
  case .unknown: return nil
  case .pending: return RunEnd(state: .pending, reason: job.reason)
  case .running: return RunEnd(state: .running, reason: job.reason)
  case .requeued: return RunEnd(state: .requeued, reason: job.reason)
  case .completed:
    // Slurm's own word for an exit status of 0.
    return RunEnd(state: .completed)
  case .failed:
    if record == nil, !hasStarted,
      job.signal == slurmLaunchFailure || job.reason == "JobLaunchFailure"
    {
      return RunEnd(
        state: .failed,
        reason:
          "Slurm could not launch its script (JobLaunchFailure): its folder in submissions/ may be "
          + "gone, or the project was moved")
    }
    if let signal = job.signal, signal > 0 {
      return runEnd(exitCode: 128 + signal, record: record)
    }
    guard let code = job.exitCode ?? record?.code, code != 0 else {
      return RunEnd(state: .failed, reason: job.reason)
    }
    return runEnd(exitCode: code, record: record)
  case .cancelled: return RunEnd(state: .cancelled, reason: job.reason)
  case .timedOut:
    let reason = job.reason ?? "reached its time limit"
    return RunEnd(
      state: .timedOut,
      reason: record?.wasLaunched == false
        ? "\(reason); Slurm had not launched the trainer" : reason)
  case .outOfMemory: return RunEnd(state: .outOfMemory, reason: job.reason ?? outOfMemoryEnd.reason)
  case .nodeFailed: return RunEnd(state: .nodeFailed, reason: job.reason ?? "a node failed")
  case .preempted: return preemptedEnd
  }
}
