import Foundation
import RunContract
import Scheduler

/// The process that makes a submission, named so that others can tell whether it still lives.
struct Maker: Equatable {
  let host: String
  let process: ProcessIdentity

  /// This process.
  static let current: String? = ProcessIdentity.current.map {
    "\(hostName()) \($0.text)"
  }

  /// Reads the registry's text.
  init?(_ text: String) {
    guard let space = text.firstIndex(of: " "),
      let process = ProcessIdentity(text: String(text[text.index(after: space)...]))
    else { return nil }
    host = String(text[..<space])
    self.process = process
  }

  /// Whether it lives; `nil` where that cannot be seen from this machine.
  var isAlive: Bool? {
    host == hostName() ? process.isAlive : nil
  }
}
