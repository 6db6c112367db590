/// One mistake in something a user wrote, with its place and its mend.
public struct Diagnostic: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file as the user named it; `nil` where the mistake is in no file.
  public let file: String?
  /// The line, from 1.
  public let line: Int?
  /// The column, from 1, in characters.
  public let column: Int?
  /// What is wrong, as in "unknown key \"corr_wieght\"".
  public let message: String
  /// What to do about it, as in "did you mean corr_weight?".
  public let hint: String?

  /// A mistake at a place, or at none.
  public init(
    file: String? = nil, line: Int? = nil, column: Int? = nil, message: String,
    hint: String? = nil
  ) {
    self.file = file
    self.line = line
    self.column = column
    self.message = message
    self.hint = hint
  }

  /// "Jobs/x.yaml:12:3: error: unknown key "corr_wieght"; did you mean corr_weight?"; without a file
  /// the message alone.
  public var description: String {
    let text = hint.map { "\(message); \($0)" } ?? message
    guard let file else { return text }
    let place = [line, column].compactMap { $0.map { ":\($0)" } }.joined()
    return "\(file)\(place): error: \(text)"
  }
}

/// Why no script can be made: every mistake that was found.
public struct ScriptError: Error, Sendable, CustomStringConvertible {
  /// The mistakes, at least one.
  public let problems: [Diagnostic]

  /// An error of these mistakes.
  public init(_ problems: [Diagnostic]) { self.problems = problems }

  /// An error of one mistake that is in no file.
  public init(_ message: String, hint: String? = nil) {
    self.problems = [Diagnostic(message: message, hint: hint)]
  }

  /// One mistake a line.
  public var description: String { problems.map(\.description).joined(separator: "\n") }
}
