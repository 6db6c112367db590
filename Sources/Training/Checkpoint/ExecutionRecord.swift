import Autograd
import Foundation
import RunContract

/// What the bits of a result depend on besides config and data.
package struct ExecutionRecord: Equatable, Sendable {
  /// SHA-256 of the program.
  package var binary: String
  /// The instruction set of the matrix products.
  package var instructionSet: String
  /// The version of their library.
  package var library: String
  /// Threads of a rank.
  package var threads: Int
  /// Ranks.
  package var ranks: Int
  /// Where the run went on elsewhere, in words: its bits may differ from an uninterrupted run's.
  package var inexact: [String] = []

  package init(
    binary: String, instructionSet: String, library: String, threads: Int, ranks: Int,
    inexact: [String] = []
  ) {
    self.binary = binary
    self.instructionSet = instructionSet
    self.library = library
    self.threads = threads
    self.ranks = ranks
    self.inexact = inexact
  }

  /// This process's.
  package static func current(threads: Int, ranks: Int) -> ExecutionRecord {
    ExecutionRecord(
      binary: (try? sha256Hex(ofFileAt: "/proc/self/exe")) ?? "unknown",
      instructionSet: MatrixLibrary.instructionSet, library: MatrixLibrary.version,
      threads: threads, ranks: ranks)
  }

  /// What differs from the record of the process that wrote a checkpoint, one phrase each.
  package func differences(from old: ExecutionRecord) -> [String] {
    var found: [String] = []
    func compare(_ name: String, _ new: String, _ old: String) {
      if new != old { found.append("\(name) \(new), was \(old)") }
    }
    if binary != old.binary { found.append("another build of train") }
    compare("instruction set", instructionSet, old.instructionSet)
    compare("oneDNN", library, old.library)
    compare("threads", "\(threads)", "\(old.threads)")
    compare("ranks", "\(ranks)", "\(old.ranks)")
    return found
  }
}

extension ExecutionRecord {
  var json: JSONValue {
    .object([
      "binary_sha256": .string(binary), "instruction_set": .string(instructionSet),
      "onednn": .string(library), "threads": JSONValue(threads), "ranks": JSONValue(ranks),
      "inexact": .array(inexact.map { .string($0) }),
    ])
  }

  init?(_ json: JSONValue) {
    guard let binary = json["binary_sha256"]?.string, let library = json["onednn"]?.string,
      let instructionSet = json["instruction_set"]?.string,
      let threads = json["threads"]?.integer, let ranks = json["ranks"]?.integer,
      let inexact = json["inexact"]?.array
    else { return nil }
    self.init(
      binary: binary, instructionSet: instructionSet, library: library, threads: threads,
      ranks: ranks, inexact: inexact.compactMap(\.string))
  }
}
