/// Where runs are executed: Slurm's cluster or this machine.
///
/// An executor knows nothing of the registry. It hands over a finished submission directory, says
/// what became of it, reports what it sees, and cancels. It never tries a submission twice.
public protocol Executor: Sendable {
  /// The executor's name in the registry and in tables.
  var name: ExecutorName { get }

  /// Hands one submission over, once.
  func submit(_ submission: SubmissionRequest) async -> SubmissionOutcome

  /// Everything the executor knows about these jobs, in as few questions as possible.
  ///
  /// A job that is not in the answer was not seen; only an answer whose ``Observation/isComplete`` is
  /// true gives that silence a meaning.
  func observe(_ jobs: [JobReference]) async -> Observation

  /// The same, and where `discovering` is true also what lives under our tokens and was not asked for
  /// (``Observation/strangers``); the executor's queue is then asked even for no jobs at all.
  func observe(_ jobs: [JobReference], discovering: Bool) async -> Observation

  /// Asks for the end of these jobs and says what could not be asked.
  func cancel(_ jobs: [JobReference]) async -> CancelOutcome

  /// The cluster that it asks, as far as that is known without asking; `nil` where there is none, or
  /// nothing on this machine names it.
  var cluster: String? { get }

  /// Names on this machine what it asks, so that what a site said of itself can be kept.
  var address: String { get }

  /// What the site says of itself; `nil` where it does not answer.
  func site() async -> ExecutorSite?

  /// The name of a job. What waits for one that is forgotten would be started at once.
  func nameOfJob(_ id: Int) async -> JobName
}

extension Executor {
  /// An executor that cannot start a job again by itself has no strangers.
  public func observe(_ jobs: [JobReference], discovering: Bool) async -> Observation {
    await observe(jobs)
  }

  /// None: this machine is no cluster.
  public var cluster: String? { nil }

  /// The executor's name, for there is one of it.
  public var address: String { name.rawValue }

  /// Five minutes, as Slurm shows what has ended unless a site says otherwise.
  public func site() async -> ExecutorSite? { ExecutorSite(showsEndedJobsFor: 300) }

  /// None: nothing waits for anything here.
  public func nameOfJob(_ id: Int) async -> JobName { .none }
}

/// What an executor says of a job's name.
public enum JobName: Sendable, Equatable {
  case name(String)
  /// It knows no such job, or has forgotten it.
  case none
  /// It does not answer.
  case unknown
}

/// What an executor says of itself.
public struct ExecutorSite: Sendable, Equatable {
  /// The cluster's name, where it has one.
  public var cluster: String?
  /// Seconds for which it shows a job that has ended.
  public var showsEndedJobsFor: Double

  /// A site.
  public init(cluster: String? = nil, showsEndedJobsFor: Double) {
    self.cluster = cluster
    self.showsEndedJobsFor = showsEndedJobsFor
  }

  /// What a Slurm site says of itself.
  public init(_ facts: SlurmSiteFacts) {
    self.init(cluster: facts.clusterName, showsEndedJobsFor: Double(facts.minJobAge))
  }
}

/// The executors there are.
public enum ExecutorName: String, Sendable, CaseIterable {
  /// sbatch and its friends.
  case slurm
  /// Processes of this machine.
  case local
}

/// A submission whose directory is complete and durable.
public struct SubmissionRequest: Sendable {
  /// The token that is in the script and is the job's name.
  public var token: String
  /// The absolute path of the script.
  public var script: String
  /// The absolute path of the submission directory.
  public var directory: String
  /// The absolute path of the folder the job starts in.
  public var workingDirectory: String
  /// The tasks in the order of their indices.
  public var tasks: [TaskRequest]
  /// Whether the script asks for an array; a single run does not.
  public var isArray: Bool
  /// The processors that one run fills. Slurm reads them in the script; this machine counts places.
  public var processors: Int
  /// What Slurm is to wait for in place of what the script says, where that was not known when the script
  /// was written.
  public var dependency: String?

  /// A submission of these tasks.
  public init(
    token: String, script: String, directory: String, workingDirectory: String,
    tasks: [TaskRequest], isArray: Bool, processors: Int = 1
  ) {
    self.token = token
    self.script = script
    self.directory = directory
    self.workingDirectory = workingDirectory
    self.tasks = tasks
    self.isArray = isArray
    self.processors = processors
  }
}

/// One run of a submission.
public struct TaskRequest: Sendable {
  /// The array index, from 0; 0 for a single run.
  public var index: Int
  /// The absolute path of the run directory, which the script makes.
  public var runDirectory: String

  /// A task.
  public init(index: Int, runDirectory: String) {
    self.index = index
    self.runDirectory = runDirectory
  }
}

/// What became of a submission.
public enum SubmissionOutcome: Sendable, Equatable {
  /// The executor has it under this id.
  case accepted(jobID: Int)
  /// The executor said no, in these words; a hint where we know one.
  case refused(reason: String, hint: String?)
  /// The executor could not be reached; nothing was handed over.
  case unreachable(reason: String)
  /// Nobody knows: the reply was lost. To be looked up, never to be tried again blindly.
  case unconfirmed(reason: String)

  /// Whether the executor said neither yes nor no: the next question to it would wait as long.
  public var isUnanswered: Bool {
    switch self {
    case .unreachable, .unconfirmed: true
    case .accepted, .refused: false
    }
  }

  /// Said by orchestrate itself of a part that would have to wait for others, and nobody knows yet under which ids.
  public static let anotherPartIsUnderWay =
    "the answer to another part of the same sweep is not there yet"
  /// Slurm's words for a queue that takes nothing at the moment, of several versions.
  public static let queueIsFull = [
    "Slurm temporarily unable to accept job", "MaxJobCount limit reached", "Rate limit exceeded",
  ]
}

/// A job as the registry knows it. Job ids are used again, so a job is never its id alone.
public struct JobReference: Sendable, Hashable {
  /// The token: the job's name.
  public var token: String
  /// The executor's id where it is known.
  public var jobID: Int?
  /// The array index of one task; `nil` for a job that is no array.
  public var arrayIndex: Int?
  /// Seconds since 1970 when it was submitted, where known: the oldest time worth asking about.
  public var submitTime: Double?
  /// The absolute path of the run directory, where a local run's claim lies.
  public var runDirectory: String
  /// The absolute path of the submission directory.
  public var submissionDirectory: String

  /// A reference to one job or one task of an array.
  public init(
    token: String, jobID: Int?, arrayIndex: Int?, submitTime: Double?, runDirectory: String,
    submissionDirectory: String = ""
  ) {
    self.token = token
    self.jobID = jobID
    self.arrayIndex = arrayIndex
    self.submitTime = submitTime
    self.runDirectory = runDirectory
    self.submissionDirectory = submissionDirectory
  }

  /// The same job, whatever its id is.
  var byName: JobReference {
    var job = self
    job.jobID = nil
    return job
  }
}

/// What a job is doing, in words common to all executors.
public enum JobPhase: Sendable, Equatable {
  case pending, running
  /// Was started before and waits to be started again.
  case requeued
  case completed, failed, cancelled, timedOut, outOfMemory, nodeFailed, preempted
  /// A word that we do not know; it changes no state.
  case unknown(String)

  /// Whether a job in this phase will not go on.
  public var isTerminal: Bool {
    switch self {
    case .pending, .running, .requeued, .unknown: false
    case .completed, .failed, .cancelled, .timedOut, .outOfMemory, .nodeFailed, .preempted: true
    }
  }

  /// Whether it is a word that we do not know.
  var isUnknown: Bool { if case .unknown = self { true } else { false } }
}

/// One job as one source saw it.
public struct JobObservation: Sendable, Equatable {
  /// The job's name.
  public var token: String
  /// The executor's id; for a task the id of its array.
  public var jobID: Int
  /// The array index of a task.
  public var arrayIndex: Int?
  /// What it is doing.
  public var phase: JobPhase
  /// The executor's own word for it and for the reason, as in `Resources` or `NonZeroExitCode`.
  public var reason: String?
  /// Stands between reasons of which one holds, and the executor does not say which.
  public static let either = " or "
  /// Seconds since 1970, UTC, where known.
  public var submitTime: Double?
  public var startTime: Double?
  public var endTime: Double?
  /// The exit status of the batch script, where known.
  public var exitCode: Int?
  /// The signal that ended it, where one did.
  public var signal: Int?
  /// The nodes, in Slurm's notation, or the host.
  public var nodes: String?
  /// How often it was started again, where known.
  public var restarts: Int?
  /// Whether the queue has forgotten it, and only accounting knows of it.
  public var isFromBooks = false

  /// An observation with what is always known.
  public init(
    token: String, jobID: Int, arrayIndex: Int? = nil, phase: JobPhase, reason: String? = nil,
    submitTime: Double? = nil, startTime: Double? = nil, endTime: Double? = nil,
    exitCode: Int? = nil, signal: Int? = nil, nodes: String? = nil, restarts: Int? = nil
  ) {
    self.token = token
    self.jobID = jobID
    self.arrayIndex = arrayIndex
    self.phase = phase
    self.reason = reason
    self.submitTime = submitTime
    self.startTime = startTime
    self.endTime = endTime
    self.exitCode = exitCode
    self.signal = signal
    self.nodes = nodes
    self.restarts = restarts
  }
}

/// What an executor can say of jobs that have ended and left its queue.
public enum Accounting: Sendable, Equatable {
  /// It keeps books, and they were read or did not have to be.
  case answers
  /// It keeps none, and never will: silence is all that there is to go by.
  case none
  /// It keeps books that could not be read this time: silence says nothing.
  case failed
}

/// The answer to one look at the executor.
public struct Observation: Sendable {
  /// At most one entry a job: the newest submission under the token, a terminal record before a live
  /// one.
  public var jobs: [JobObservation]
  /// Whether the question for live jobs was answered, so that silence means "not in the queue".
  public var isComplete: Bool
  /// What is known of finished jobs that the queue has forgotten.
  public var accounting: Accounting
  /// Whether finished jobs can be asked for at all (accounting is there and answered).
  public var hasAccounting: Bool { accounting == .answers }
  /// What could not be asked, in words for the user.
  public var warnings: [String]
  /// Live jobs of this user under names that look like our tokens and that were not asked for, as
  /// an administrator's requeue of a job whose end is recorded makes them. Only where they were
  /// asked for.
  public var strangers: [JobObservation]
  /// Such jobs that were started more than once and have ended: the last start may have been one that nobody
  /// has seen.
  public var endedAgain: [JobObservation] = []
  /// The tokens under which the executor showed anything at all, live or ended: a task that is gone
  /// from an array that is still listed is another thing than a job that was forgotten.
  public var knownTokens: Set<String>
  /// Those of them that the queue showed.
  public var listedTokens: Set<String>
  /// Live jobs under the tokens of jobs that are not shown under their own ids: the script was submitted
  /// twice, or the id that is known was never theirs.
  public var copies: [JobObservation]
  /// Jobs that have the ids of jobs that are not shown under their own names. Whether one is that job under
  /// another name, or another job under the same id, only its submit time tells.
  public var renamed: [JobObservation] = []
  /// All that the queue showed.
  var rows: [SlurmRow] = []

  /// An answer.
  public init(
    jobs: [JobObservation], isComplete: Bool, hasAccounting: Bool, warnings: [String] = [],
    strangers: [JobObservation] = [], knownTokens: Set<String> = [],
    copies: [JobObservation] = []
  ) {
    self.jobs = jobs
    self.isComplete = isComplete
    accounting = hasAccounting ? .answers : .none
    self.warnings = warnings
    self.strangers = strangers
    self.knownTokens = knownTokens
    listedTokens = knownTokens
    self.copies = copies
  }
}

extension Observation {
  /// The name of a job that the queue showed, anybody's who asked; `nil` for another one.
  public func nameOfJob(_ id: Int) -> String? { rows.first { $0.jobID == id }?.token }

  /// What the queue showed of jobs that were not asked for, as of those among ``strangers`` and ``endedAgain``.
  public func alsoShown(of jobs: [JobReference]) -> [JobObservation] {
    if rows.isEmpty {
      return jobs.compactMap { job in
        (strangers + endedAgain).first { $0.token == job.token && $0.arrayIndex == job.arrayIndex }
      }
    }
    var shown: [JobObservation] = []
    RowIndex(rows).forEach(of: jobs) { job, row in
      if let row { shown.append(row.observation(of: job.arrayIndex)) }
    }
    return shown
  }
}

/// What became of a wish to cancel.
public struct CancelOutcome: Sendable {
  /// The jobs that the executor was asked to end.
  public var asked: [JobReference]
  /// Tasks of arrays that were asked for as a whole, which it was not asked to end: they bear other names.
  public var spared: [JobReference] = []
  /// Why the others could not be asked, in words for the user.
  public var failures: [String]
  /// Whether the reason is that the executor cannot be reached.
  public var isUnreachable: Bool

  /// An outcome.
  public init(
    asked: [JobReference], failures: [String] = [], isUnreachable: Bool = false
  ) {
    self.asked = asked
    self.failures = failures
    self.isUnreachable = isUnreachable
  }
}
