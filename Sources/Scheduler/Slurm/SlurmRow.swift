/// One line of squeue or sacct about one of our jobs.
struct SlurmRow: Equatable {
  /// The job's name.
  var token: String
  /// The job's id; of an array the whole array's.
  var jobID: Int
  /// The tasks that the row speaks of.
  var tasks = Tasks.whole
  var phase: JobPhase
  var reason: String?
  var submitTime: Double?
  var startTime: Double?
  var endTime: Double?
  var exit: WaitStatus?
  var nodes: String?
  /// How often it was started again; accounting does not say.
  var restarts: Int?
  var isFromBooks = false

  init(token: String, jobID: Int, phase: JobPhase) {
    self.token = token
    self.jobID = jobID
    self.phase = phase
  }

  /// The tasks that a row speaks of.
  enum Tasks: Equatable {
    /// The job is no array, or the row is accounting's for all tasks that never started.
    case whole
    case one(Int)
    /// Those that did not start yet.
    case some(ArrayIndices)

    /// Whether the row speaks of this task too; without an index, of anything.
    func covers(_ index: Int?) -> Bool {
      switch (self, index) {
      case (.whole, _), (_, nil): true
      case (.one(let own), let index?): own == index
      case (.some(let indices), let index?): indices.contains(index)
      }
    }

    /// Reads squeue's list; what is none, as `N/A`, means no array.
    init(_ field: SlurmField) {
      if let index = field.integer {
        self = .one(index)
      } else if let first = field.bytes.first, (0x30...0x39).contains(first),
        let indices = ArrayIndices(field.string)
      {
        self = .some(indices)
      } else {
        self = .whole
      }
    }
  }

  /// Whether a job that stands in the queue so can still be ended.
  var isLive: Bool { !phase.isTerminal }

  /// Takes how the script ended and how the worst of its steps did.
  ///
  /// Slurm says "out of memory" by a signal that there is none of. Where the script itself lived on
  /// and said only that something failed, the step's end tells why.
  mutating func take(exit: WaitStatus?, ofSteps derived: WaitStatus?) {
    self.exit = exit
    guard phase == .failed, [exit?.signal, derived?.signal].contains(WaitStatus.outOfMemory)
    else { return }
    phase = .outOfMemory
  }

  /// What the row says about a job, or about one task.
  func observation(of arrayIndex: Int?) -> JobObservation {
    // Before a job has started its times are the scheduler's guess.
    let isOver = phase.isTerminal
    let started = phase == .running || isOver && nodes != nil
    var observation = JobObservation(
      token: token, jobID: jobID, arrayIndex: arrayIndex, phase: phase, reason: reason,
      submitTime: submitTime, startTime: started ? startTime : nil,
      endTime: isOver ? endTime : nil, exitCode: isOver ? exit?.code : nil,
      signal: isOver ? exit?.signal : nil, nodes: nodes, restarts: restarts)
    observation.isFromBooks = isFromBooks
    return observation
  }
}

/// How a batch script ended.
struct WaitStatus: Equatable {
  var code: Int
  /// `nil` where no signal ended it.
  var signal: Int?

  /// The number by which Slurm says that memory ran out; no signal of the kernel has it.
  static let outOfMemory = 125

  /// Reads `code:signal`, as sacct writes it, or the number that the kernel gives to a parent, as
  /// squeue does.
  init?(_ text: some Collection<UInt8>) {
    let parts = text.split(separator: 0x3A, omittingEmptySubsequences: false)
    switch parts.count {
    case 1:
      guard let status = slurmInteger(parts[0]) else { return nil }
      self.init(code: status >> 8 & 0xFF, signal: status & 0x7F)
    case 2:
      guard let code = slurmInteger(parts[0]), let signal = slurmInteger(parts[1])
      else { return nil }
      self.init(code: code, signal: signal)
    default: return nil
    }
  }

  private init(code: Int, signal: Int) {
    self.code = code
    self.signal = signal == 0 ? nil : signal
  }
}
