import Scripts

/// Every mistake that was found in a job file, a site file, a parameter file or in `--set`.
public struct JobFileErrors: Error, Sendable, CustomStringConvertible {
  /// The mistakes, at least one, in the order of their places.
  public let diagnostics: [Diagnostic]

  /// One mistake a line.
  public var description: String { diagnostics.map(\.description).joined(separator: "\n") }

  init(_ diagnostics: [Diagnostic]) {
    self.diagnostics = diagnostics.enumerated()
      .sorted {
        ($0.element.line ?? 0, $0.element.column ?? 0, $0.offset)
          < ($1.element.line ?? 0, $1.element.column ?? 0, $1.offset)
      }
      .map(\.element)
  }
}
