import Autograd
import Communicator
import Foundation
import RunContract

/// When checkpoints are written, and of what.
///
/// Only rank 0 writes. The best epoch is kept in memory until the next checkpoint is due, and written
/// before it: an epoch of half a second is not slowed down by the disk, and whoever goes on from a
/// checkpoint finds the best epoch before it on disk too.
final class CheckpointKeeper {
  private let folder: CheckpointFolder
  private let config: Config
  private let sampleCount: Int
  private let record: ExecutionRecord
  private let dataDigest: String?
  private let parameters: ParameterStore
  private let optimiser: AdamW
  private let interval: Double
  /// Throws where the run directory belongs to another start.
  let isStillOurs: () throws -> Void
  private var written = now()
  private var lastStep = -1
  private var best: Checkpoint?
  private var good: Checkpoint?
  private var goodTime = -Double.infinity

  /// - Parameters:
  ///   - interval: seconds between two checkpoints.
  ///   - isStillOurs: what throws where the run directory belongs to another start.
  init(
    _ folder: CheckpointFolder, config: Config, sampleCount: Int, record: ExecutionRecord,
    dataDigest: String?,
    parameters: ParameterStore, optimiser: AdamW, interval: Double,
    isStillOurs: @escaping () throws -> Void
  ) {
    self.folder = folder
    self.config = config
    self.sampleCount = sampleCount
    self.record = record
    self.dataDigest = dataDigest
    self.parameters = parameters
    self.optimiser = optimiser
    self.interval = interval
    self.isStillOurs = isStillOurs
  }

  /// Keeps the model as one that has just been found good: its loss was finite on a batch that it had
  /// not been trained on yet. Copied where a checkpoint is due, and else once a second.
  func keepGood(_ state: @autoclosure () -> TrainingState) {
    let time = now()
    guard good == nil || time - goodTime >= 1 || isDue else { return }
    good = snapshot(state())
    goodTime = time
  }

  /// Writes what was kept as good, where a checkpoint is due: only a state that has proved itself
  /// takes the place of an older one.
  /// - Parameter prepare: what has to be on disk before.
  func writeIfDue(_ prepare: () throws -> Void) throws {
    guard isDue, let good, good.state.step > lastStep else { return }
    try prepare()
    _ = try write(good)
  }

  /// Writes the last state that was found good, for a run that has diverged since.
  /// - Returns: the file's path and the step; `nil` where there is none.
  func writeGood(divergence: String) throws -> (path: String, step: Int)? {
    guard var good else { return nil }
    good.state.divergence = divergence
    return (try write(good), good.state.step)
  }

  private var isDue: Bool { now() - written >= interval }

  /// The model as it is now.
  func snapshot(_ state: TrainingState) -> Checkpoint {
    var state = state
    state.optimiserSteps = optimiser.step
    return Checkpoint(
      config: config, sampleCount: sampleCount,
      parameters: Checkpoint.tensors(parameters, parameters.values),
      moments: [UnsafePointer(optimiser.firstMoment), UnsafePointer(optimiser.secondMoment)].map {
        Checkpoint.tensors(parameters, $0)
      }, state: state, record: record, dataDigest: dataDigest)
  }

  /// Keeps the model as the best so far.
  func keepBest(_ state: TrainingState) { best = snapshot(state) }

  /// Writes the model as it is now, under its step's name.
  /// - Returns: the file's path.
  @discardableResult func write(_ state: TrainingState) throws -> String {
    try write(snapshot(state))
  }

  private func write(_ checkpoint: Checkpoint) throws -> String {
    try writeBest()
    try folder.write(checkpoint)
    written = now()
    lastStep = checkpoint.state.step
    return folder.file(CheckpointFolder.name(ofStep: checkpoint.state.step))
  }

  /// Writes the model under the name of a finished run's.
  func writeFinal(_ state: TrainingState) throws {
    try writeBest()
    try folder.write(snapshot(state), as: CheckpointFolder.final)
  }

  private func writeBest() throws {
    try isStillOurs()
    guard let best else { return }
    try folder.write(best, as: CheckpointFolder.best)
    self.best = nil
  }
}

private func now() -> Double { Double(DispatchTime.now().uptimeNanoseconds) * 1e-9 }
