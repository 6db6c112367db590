import Foundation
import RunContract

/// What one rank writes of a run: everything on rank 0, nothing on the others.
final class RunOutput {
  /// Whether this is the rank that writes.
  var isWriter: Bool { directory != nil }
  /// Whether the norm of each layer's gradient is a metric.
  let layerNorms: Bool
  private let directory: RunDirectory?
  private let log: EpochLog
  private let batches: LineFile?

  /// - Parameters:
  ///   - directory: the run directory, `nil` on ranks that do not write.
  ///   - batches: the file that is told each step's pairs, where it was asked for.
  init(_ directory: RunDirectory?, layerNorms: Bool, batches: LineFile? = nil) {
    self.directory = directory
    self.layerNorms = layerNorms
    self.batches = batches
    log = EpochLog(isOn: directory != nil)
  }

  /// Appends a line to the metrics.
  func append(_ values: [String: Double], step: Int, epoch: Int) throws {
    try directory?.append(
      MetricRecord(
        step: step, epoch: epoch, time: Date().timeIntervalSince1970, values: values))
  }

  /// Touches the heartbeat.
  /// - Returns: whether it was time to; the occasion for what need not be done at every step.
  @discardableResult func beat() -> Bool { directory?.beat() ?? false }
  /// Makes the metrics durable: no checkpoint may be further than they are.
  func sync() throws { try directory?.sync() }
  func say(_ line: String) { log.say(line) }
  func header() { log.header() }
  func row(epoch: Int, of epochs: Int, _ values: [String: Double]) {
    log.row(epoch: epoch, of: epochs, values)
  }

  /// Writes which pairs a step was given.
  func dump(_ pairs: [TrainingPair], step: Int) {
    guard let batches, isWriter else { return }
    // A debugging aid that cannot be written is no reason to stop training.
    try? batches.append(
      JSONValue.object([
        "step": JSONValue(step), "pairs": .array(pairs.map { .string($0.name) }),
        "inputs": .array(pairs.map { .string($0.input.name) }),
        "targets": .array(pairs.map { .string($0.target.name) }),
      ]).canonical)
  }
}
