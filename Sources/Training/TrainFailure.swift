import RunContract

/// Why a training run cannot go on, with the exit code that says so.
public struct TrainFailure: Error, CustomStringConvertible, Sendable, Equatable {
  /// One or more lines for the user.
  public let description: String
  /// The program's exit code.
  public let code: Int32

  /// A failure that one of the contract's codes stands for.
  public init(_ exit: TrainerExit, _ description: String) {
    self.init(code: exit.rawValue, description)
  }

  /// A failure with another code.
  public init(code: Int32, _ description: String) {
    self.code = code
    self.description = description
  }
}
