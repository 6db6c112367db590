import Foundation
import Synchronization

/// The steps of a submission, by name. `ORCHESTRATE_TEST_STOP_AT=<step>` makes the program kill itself
/// there, so that tests can show that every one of them is survived; `<step>:<n>` at the n-th time.
package enum SubmissionStep: String, CaseIterable, Sendable {
  /// Runs are numbered, nothing is written.
  case planned
  /// Scripts are rendered, nothing is on disk.
  case rendered
  /// The submission directory is on disk, the intent is not recorded.
  case written
  /// The intent is recorded.
  case intended
  /// The executor has answered, nothing is recorded of it.
  case answered
  /// The answer is recorded.
  case recorded
  /// A token was taken back, and the run has no other yet.
  case revoked

  /// The variable that names the step.
  package static let variable = "ORCHESTRATE_TEST_STOP_AT"

  private static let count = Atomic<Int>(0)

  /// Ends the process here if a test asked for it.
  func reached() {
    guard let wish = getenv(Self.variable) else { return }
    let parts = String(cString: wish).split(separator: ":")
    guard parts.first.map(String.init) == rawValue else { return }
    let wanted = parts.count > 1 ? Int(parts[1]) ?? 1 : 1
    if Self.count.add(1, ordering: .relaxed).newValue == wanted { kill(getpid(), SIGKILL) }
  }
}
