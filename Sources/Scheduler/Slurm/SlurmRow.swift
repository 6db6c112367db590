/// One line of squeue or sacct about one of our jobs.
struct SlurmRow: Equatable {
  /// The job's name.
  var token: String
  /// The job's id; of an array the whole array's.
  var jobID: Int
  /// The tasks that the row speaks of.
  var tasks: Tasks
  var phase: JobPhase
  var reason: String?
  var submitTime: Double?
  var startTime: Double?
  var endTime: Double?
  var exit: WaitStatus?
  var nodes: String?
  /// How often it was started again; accounting does not say.
  var restarts: Int?

  /// The tasks that a row speaks of.
  enum Tasks: Equatable {
    /// The job is no array, or the row is accounting's for all tasks that never started.
    case whole
    /// One task, or those that did not start yet.
    case some(ArrayIndices)
  }

  /// Whether a job that stands in the queue so can still be ended.
  var isLive: Bool { !phase.isTerminal }

  /// What the row says about a job, or about one task.
  func observation(of arrayIndex: Int?) -> JobObservation {
    // Before a job has started its times are the scheduler's guess.
    let started = phase == .running || phase.isTerminal && nodes != nil
    return JobObservation(
      token: token, jobID: jobID, arrayIndex: arrayIndex, phase: phase, reason: reason,
      submitTime: submitTime, startTime: started ? startTime : nil,
      endTime: phase.isTerminal ? endTime : nil, exitCode: phase.isTerminal ? exit?.code : nil,
      signal: phase.isTerminal ? exit?.signal : nil, nodes: nodes,
      restarts: restarts)
  }
}

/// How a batch script ended.
struct WaitStatus: Equatable {
  var code: Int
  /// `nil` where no signal ended it.
  var signal: Int?

  /// Reads `code:signal`, as sacct writes it, or the number that the kernel gives to a parent, as
  /// squeue does.
  init?(_ text: some StringProtocol) {
    let parts = text.split(separator: ":").map { Int($0) }
    switch parts.count {
    case 1:
      guard let status = parts[0], status >= 0 else { return nil }
      self.init(code: status >> 8 & 0xFF, signal: status & 0x7F)
    case 2:
      guard let code = parts[0], let signal = parts[1] else { return nil }
      self.init(code: code, signal: signal)
    default: return nil
    }
  }

  private init(code: Int, signal: Int) {
    self.code = code
    self.signal = signal == 0 ? nil : signal
  }
}
