import Autograd
import RunContract

/// A checkpoint made ready for use: its settings checked, its numbers known to be finite.
public struct TrainedModel: Sendable {
  /// The checkpoint's file.
  public let path: String
  /// The settings that it was trained with.
  public let settings: TrainSettings
  /// Samples of a clip in the data it was trained on.
  public let sampleCount: Int
  /// Samples of one segment of the envelope: as long for any clip as in training.
  public let segmentLength: Int
  private let checkpoint: Checkpoint

  /// Reads a checkpoint and takes over the instruction set it was trained with, if the machine has it;
  /// to be called before the first matrix product.
  /// - Throws: ``TrainFailure`` (bad data) that names the file.
  public init(_ path: String) throws {
    func refuse(_ reason: String) -> TrainFailure {
      TrainFailure(.badData, "cannot use the checkpoint \(printable(path)): \(reason)")
    }
    checkpoint = try Checkpoint.read(path)
    do { settings = try TrainSettings(checkpoint.config) } catch { throw refuse("its \(error)") }
    self.path = path
    sampleCount = checkpoint.sampleCount
    segmentLength = sampleCount / settings.segments
    guard segmentLength > 0, segmentLength * settings.segments == sampleCount else {
      throw refuse(
        "its \(settings.segments) segments do not divide its clips of \(sampleCount) samples")
    }
    if let broken = checkpoint.parameters.first(where: { !$0.value.values.allSatisfy(\.isFinite) })
    {
      throw refuse("its \(broken.key) holds values that are no finite numbers")
    }
    _ = MatrixLibrary.pin(instructionSet: checkpoint.record.instructionSet)
  }

  /// The trained network.
  /// - Throws: ``TrainFailure`` (bad data) where the parameters do not fit the config.
  func network(pool: BufferPool) throws -> MixingNetwork {
    let network = MixingNetwork(
      settings.network, initScale: settings.initScale, seed: settings.seed, pool: pool)
    try restore(network)
    return network
  }

  /// Copies the trained parameters into a network.
  func restore(_ network: MixingNetwork) throws {
    try checkpoint.restore(network.parameters, path: path)
  }
}
