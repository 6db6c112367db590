import Foundation
import RunContract

/// A thing that a run was made from, then and now.
public struct OriginChange: Sendable, Equatable {
  /// What became of it.
  public enum Status: String, Sendable {
    case unchanged, changed, missing
    /// Nothing was recorded, or it cannot be looked at from here.
    case unknown
  }

  /// What kind of thing it is.
  public enum Kind: String, Sendable {
    case script, rendering, template, program, data
    case jobFile = "job file"
  }
  public let kind: Kind
  /// Its path, or what else tells it.
  public let place: String
  /// SHA-256 when the run was submitted or began, and now.
  public let then: String?
  public let now: String?

  public var status: Status {
    guard let then else { return .unknown }
    guard let now else { return .missing }
    return then == now ? .unchanged : .changed
  }

  /// Whether a reproduction rests on it as it is now. Script, template and job file do not count: a
  /// reproduction is rendered from the recipe and the text that the registry kept.
  public var matters: Bool {
    switch kind {
    case .rendering, .program, .data: true
    case .script, .template, .jobFile: false
    }
  }
}

/// SHA-256 of a file; `nil` where there is no plain file that can be read.
func hashOfPlainFile(_ path: String) -> String? {
  var facts = stat()
  // Opening a pipe would wait for its writer.
  guard stat(path, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else { return nil }
  return try? sha256Hex(ofFileAt: path)
}
