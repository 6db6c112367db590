import JobFiles
import Scheduler

/// How long silence is waited out before it means something.
public struct Patience: Sendable, Equatable {
  /// Seconds without a trace after which a submission whose answer was lost is taken back and submitted
  /// anew. Only time in which the executor did answer counts.
  public var resubmitAfter = 60.0
  /// Seconds without a trace after which a run that had been accepted is given up, or, where the
  /// controller forgot it, submitted anew: accounting lags, controllers restart.
  public var lostAfter = 300.0
  /// The same for this machine, whose process table does not lag.
  public var lostLocallyAfter = 5.0
  /// Seconds for which Slurm shows a job that has ended (MinJobAge, 300 unless a site says otherwise),
  /// less a margin for the time between two looks.
  public var endedJobsAreShownFor = 240.0
  /// Seconds after which a task that vanished from an array which is still listed counts as cancelled by
  /// somebody else: Slurm keeps no record of a waiting task that is cancelled.
  public var vanishedTaskAfter = 15.0

  /// A minute for lost answers, five for accepted runs.
  public init() {}

  /// As a project's site file says, where it says anything.
  public init(_ site: SiteDefaults) {
    resubmitAfter = site.resubmitAfter ?? resubmitAfter
    lostAfter = site.lostAfter ?? lostAfter
  }

  /// The grace before a run of this executor is given up.
  func grace(of executor: ExecutorName) -> Double {
    executor == .local ? lostLocallyAfter : lostAfter
  }
}
