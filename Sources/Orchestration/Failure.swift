/// What the exit status of `orchestrate` says.
public enum ExitStatus: Int32, Sendable {
  case done = 0
  case failed = 1
  /// Nothing matched what was asked for.
  case nothing = 2
  case usage = 64
  /// Slurm cannot be reached.
  case unavailable = 69
  /// A submission's answer was lost; it is being looked up.
  case unconfirmed = 75
}

/// Something that a user must know: what went wrong, how to mend it, and the exit status.
public struct Failure: Error, CustomStringConvertible, Sendable {
  public var message: String
  public var hint: String?
  public var status: ExitStatus

  /// A failure.
  public init(_ message: String, hint: String? = nil, status: ExitStatus = .failed) {
    self.message = message
    self.hint = hint
    self.status = status
  }

  public var description: String { message }
}
