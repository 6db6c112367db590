import RunContract

/// Why the ranks cannot work together.
public struct CommunicatorError: Error, CustomStringConvertible, Equatable, Sendable {
  /// One line for the user.
  public let description: String
  /// The program's exit code.
  public let code: Int32

  /// The processes were not started as ranks that find each other.
  static func start(_ description: String) -> CommunicatorError {
    CommunicatorError(description: description, code: TrainerExit.usage.rawValue)
  }

  /// A function of MPI failed.
  static func failed(_ function: String, _ meaning: String) -> CommunicatorError {
    CommunicatorError(description: "\(function) failed: \(meaning)", code: 1)
  }
}
