import JobFiles
import Registry
import RunContract
import Scheduler
import Scripts

/// What follows from the end of one start of a run: its end, or that it goes on.
struct Aftermath: Equatable {
  var state: RunState
  var reason: String?
  var due: NextStep?
  /// What the next submission asks sbatch for instead.
  var overrides: [String: String] = [:]
}

/// What is known of the run that a start belonged to.
struct StartHistory {
  /// How often the run was started again before this start.
  var restarts: Int
  /// The job file's policy.
  var retry: RetryPolicy
  /// The memory that the submission asked for, as in `4G`.
  var memory: String?

  init(restarts: Int, retry: RetryPolicy, memory: String? = nil) {
    self.restarts = restarts
    self.retry = retry
    self.memory = memory
  }
}

extension StartHistory {
  /// Decides what follows: the one place for it.
  ///
  /// - Parameters:
  ///   - end: how the start ended.
  ///   - askedAgain: whether the trainer left a checkpoint and asked to be run again (exit 75).
  func aftermath(of end: RunEnd, askedAgain: Bool) -> Aftermath {
    let plain = Aftermath(state: end.state, reason: end.reason)
    guard let why = reasonToGoOn(end, askedAgain) else { return plain }
    guard restarts < retry.maxRequeues else {
      var over = plain
      let count = "max_requeues is \(retry.maxRequeues)"
      over.reason = [end.reason, "started again \(restarts) times: \(count)"]
        .compactMap { $0 }.joined(separator: "; ")
      return over
    }
    var next = Aftermath(state: .requeued, reason: why, due: .goOn)
    if end.state == .outOfMemory, !askedAgain {
      guard let factor = retry.outOfMemory, let memory,
        let more = scaledMemory(memory, by: factor)
      else { return plain }
      next.overrides = ["mem": more]
      next.reason = "\(why); the next start asks for \(more)"
    }
    return next
  }

  /// Why the run goes on; `nil` where it does not.
  private func reasonToGoOn(_ end: RunEnd, _ askedAgain: Bool) -> String? {
    switch end.state {
    case .cancelled where end.wasPreempted: "preempted, goes on"
    case .completed, .cancelled, .diverged: nil
    case _ where askedAgain: "interrupted, goes on from its checkpoint"
    case .outOfMemory where retry.outOfMemory != nil: "ran out of memory"
    case .timedOut where retry.timeout: "reached its time limit, goes on"
    case .nodeFailed where end.wasNotLaunched: "vanished before Slurm launched it, goes on"
    case .nodeFailed where retry.nodeFailure: "a node failed, goes on"
    case .failed where end.wasNotLaunched && retry.nodeFailure: "Slurm did not launch it, goes on"
    case .failed where retry.failed && !end.isFinal: "failed, is tried again"
    default: nil
    }
  }
}

extension RetryPolicy {
  /// For a submission whose recipe is not known: nothing can be submitted anew from it.
  static var none: RetryPolicy {
    var policy = RetryPolicy()
    policy.maxRequeues = 0
    return policy
  }
}
