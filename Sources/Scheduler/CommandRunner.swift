/// A program to be run to its end, with everything that decides what it does. Its standard input is
/// empty.
public struct Command: Sendable {
  /// A name that is looked for in the environment's `PATH`, or a path with a slash in it.
  public var executable: String
  /// The arguments, without the program's name. No shell ever reads them.
  public var arguments: [String]
  /// The whole environment; nothing is inherited.
  public var environment: [String: String]
  /// The folder to start in; `nil` for the caller's.
  public var workingDirectory: String?
  /// How long it may take before its process group is ended.
  public var timeLimit: Duration
  /// The most bytes that are taken from each of standard output and standard error.
  public var outputLimit: Int
  /// Whether the files that it makes are the user's alone, by its umask.
  public var isPrivate = false

  /// A command that may take a minute and print 64 MiB, unless told otherwise.
  public init(
    _ executable: String, _ arguments: [String] = [], environment: [String: String],
    workingDirectory: String? = nil, timeLimit: Duration = .seconds(60),
    outputLimit: Int = 64 << 20
  ) {
    self.executable = executable
    self.arguments = arguments
    self.environment = environment
    self.workingDirectory = workingDirectory
    self.timeLimit = timeLimit
    self.outputLimit = outputLimit
  }
}

/// What a program said and how it ended.
public struct CommandResult: Sendable, Equatable {
  /// How a program ended.
  public enum Ending: Sendable, Equatable {
    /// It left by itself with this status.
    case exited(Int)
    /// This signal ended it.
    case signalled(Int)
  }
  /// How it ended; after ``timedOut`` mostly by our own signal.
  public var ending: Ending
  /// What it printed, as UTF-8; bytes that are none are replaced.
  public var standardOutput: String
  /// What it printed to standard error.
  public var standardError: String
  /// Whether it was ended because its time was over; the output is then what there was until then.
  public var timedOut: Bool

  /// A result.
  public init(
    _ ending: Ending, standardOutput: String = "", standardError: String = "",
    timedOut: Bool = false
  ) {
    self.ending = ending
    self.standardOutput = standardOutput
    self.standardError = standardError
    self.timedOut = timedOut
  }

  /// Whether it ended by itself, in time, with status 0.
  public var isSuccess: Bool { ending == .exited(0) && !timedOut }
}

/// Why a program gave no result.
public enum CommandFailure: Error, Equatable, CustomStringConvertible {
  /// There is no such program on the `PATH`.
  case notFound(String)
  /// It is there and could not be started: nothing ran.
  case notStarted(String, reason: String)
  /// It was started and its end or its output was lost: it may have done its work.
  case lost(String, reason: String)

  /// A sentence that names the program.
  public var description: String {
    switch self {
    case .notFound(let name): "\(name) was not found on the PATH"
    case .notStarted(let name, let reason): "\(name) could not be started: \(reason)"
    case .lost(let name, let reason): "the reply of \(name) was lost: \(reason)"
    }
  }
}

/// Runs commands. A protocol, so that a test can answer in the place of Slurm.
public protocol CommandRunner: Sendable {
  /// Runs a command to its end or its time limit.
  /// - Throws: ``CommandFailure`` where there is no result at all; a status other than 0 is a result.
  func run(_ command: Command) async throws(CommandFailure) -> CommandResult
}
