import Foundation
import RunContract

/// The checkpoints of a run: `step-000000120.safetensors` and the like, `best.safetensors`,
/// `final.safetensors`.
package struct CheckpointFolder: Sendable {
  /// The folder.
  package let path: String
  /// How many of the `step-` files are kept.
  private let kept: Int

  package init(_ path: String, keep kept: Int) {
    self.path = path
    self.kept = kept
  }

  package static let best = "best.safetensors"
  package static let final = "final.safetensors"

  /// A file's path.
  package func file(_ name: String) -> String { (path as NSString).appendingPathComponent(name) }

  /// Writes a checkpoint durably under its step's name, then removes the oldest beyond those kept.
  /// - Throws: `FileError` with the system's reason; what was there before is still there then.
  package func write(_ checkpoint: Checkpoint) throws {
    try write(checkpoint, as: Self.name(ofStep: checkpoint.state.step))
    for name in steps().dropFirst(kept) { unlink(file(name)) }
  }

  /// Writes a checkpoint durably under this name.
  package func write(_ checkpoint: Checkpoint, as name: String) throws {
    try makeDirectory(path)
    try writeDurably(checkpoint.data, to: file(name))
  }

  /// What a run goes on from, the furthest first: the final one, then the steps from the latest on.
  package func candidates() -> [String] {
    let names = [Self.final].filter { FileManager.default.fileExists(atPath: file($0)) } + steps()
    return names.map(file)
  }

  /// The names of the `step-` files, the latest first.
  private func steps() -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return names.filter { $0.hasPrefix("step-") && $0.hasSuffix(".safetensors") }.sorted(by: >)
  }

  static func name(ofStep step: Int) -> String {
    let digits = "\(step)"
    let zeros = String(repeating: "0", count: max(0, 9 - digits.count))
    return "step-\(zeros)\(digits).safetensors"
  }
}
