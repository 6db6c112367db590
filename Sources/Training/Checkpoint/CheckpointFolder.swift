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
    let written = Self.name(ofStep: checkpoint.state.step)
    try write(checkpoint, as: written)
    for name in try steps().filter({ $0 != written }).dropFirst(kept - 1) { unlink(file(name)) }
  }

  /// Writes a checkpoint durably under this name.
  package func write(_ checkpoint: Checkpoint, as name: String) throws {
    try makeDirectory(path)
    try writeDurably(checkpoint.data, to: file(name))
  }

  /// What a run goes on from, the furthest first: the final one, then the steps from the latest on.
  package func candidates() throws -> [String] {
    let names =
      [Self.final].filter { FileManager.default.fileExists(atPath: file($0)) } + (try steps())
    return names.map(file)
  }

  /// Sets aside what is further than a step: a run that is told to go on from an earlier one must
  /// not be overtaken by them later.
  package func setAside(beyond step: Int, except chosen: String) throws {
    let kept = Self.name(ofStep: step)
    for path in try candidates() where path != chosen {
      let name = (path as NSString).lastPathComponent
      if name > kept || name == Self.final { rename(path, path + ".superseded") }
    }
  }

  /// Removes what a writer that was killed left half done.
  package func removeLeftovers() throws {
    for name in try names() where name.hasSuffix(".tmp") { unlink(file(name)) }
  }

  /// The names of the `step-` files, the latest first.
  private func steps() throws -> [String] {
    try names().filter { $0.hasPrefix("step-") && $0.hasSuffix(".safetensors") }.sorted(by: >)
  }

  private func names() throws -> [String] { try namesInFolder(path) }

  static func name(ofStep step: Int) -> String {
    let digits = "\(step)"
    let zeros = String(repeating: "0", count: max(0, 9 - digits.count))
    return "step-\(zeros)\(digits).safetensors"
  }
}
