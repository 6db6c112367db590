import RunContract

/// Audio that cannot be used, with the file's name and the reason in plain words.
public struct AudioError: Error, CustomStringConvertible, Sendable, Equatable {
  /// The file or folder it is about.
  public let path: String
  /// What is wrong and, where there is one, the mend.
  public let reason: String

  /// "cannot use a.wav: the file is empty".
  public var description: String { "cannot use \(path): \(reason)" }

  /// An error about a file.
  public init(_ path: String, _ reason: String) {
    self.path = path
    self.reason = reason
  }
}
