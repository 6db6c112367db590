/// The state of a run. The raw values are what the registry, JSON and filters hold.
public enum RunState: String, Sendable, CaseIterable {
  /// Known, handed to nobody yet.
  case created
  /// The intent to submit is recorded; the executor's answer is not.
  case submitting
  /// The executor's answer was lost. Looked up by name, never blindly tried again.
  case unconfirmed
  /// Accepted and waiting.
  case pending
  case running
  /// Was started and waits to be started again.
  case requeued
  case completed
  case failed
  case cancelled
  case timedOut = "timed_out"
  case outOfMemory = "out_of_memory"
  case nodeFailed = "node_failed"
  /// The trainer stopped because a gradient was not finite or exploded.
  case diverged
  /// Nobody knows what became of it, and the time to find out is over.
  case lost

  /// Whether the run may still train: such a run is never submitted a second time.
  public var isActive: Bool {
    switch self {
    case .created, .submitting, .unconfirmed, .pending, .running, .requeued: true
    case .completed, .failed, .cancelled, .timedOut, .outOfMemory, .nodeFailed, .diverged, .lost:
      false
    }
  }

  /// Whether the run has been started, as far as is known: only then can its directory hold anything.
  public var mayHaveTrained: Bool {
    switch self {
    case .created, .submitting, .unconfirmed, .pending: false
    default: true
    }
  }

  /// The states that may follow this one: the one table of transitions. A state may always be confirmed
  /// as it is.
  ///
  /// An end is final but for three things: somebody tries the run once more (`submitting`), Slurm shows
  /// the job alive again, as after an administrator's requeue (`pending`, `requeued`, `running`), or that it
  /// has come to another end after one (not that of a run that had completed), and late news of a run that was
  /// given up as `lost`.
  public var successors: Set<RunState> {
    switch self {
    case .created: Self.afterSubmission.union([.submitting])
    case .submitting: Self.afterSubmission.union([.unconfirmed, .created])
    case .unconfirmed: Self.afterSubmission.union([.submitting])
    case .pending, .running, .requeued: Self.afterSubmission.union([.submitting, .unconfirmed])
    case .lost: Self.afterSubmission.union([.submitting])
    case .failed, .cancelled, .timedOut, .outOfMemory, .nodeFailed, .diverged:
      Self.afterSubmission.subtracting([.lost]).union([.submitting])
    case .completed: [.pending, .requeued, .running]
    }
  }

  private static let afterSubmission: Set<RunState> = [
    .pending, .running, .requeued, .completed, .failed, .cancelled, .timedOut, .outOfMemory,
    .nodeFailed, .diverged, .lost,
  ]

  /// Whether the table of transitions has a step from this state to that one.
  public func canBecome(_ next: RunState) -> Bool { self == next || successors.contains(next) }

  /// The states of runs that may still train.
  public static let active: [RunState] = allCases.filter(\.isActive)
}
