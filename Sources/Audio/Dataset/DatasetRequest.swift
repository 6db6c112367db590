import RunContract

/// What a dataset is to be made of.
public struct DatasetRequest: Sendable {
  /// The folder that is searched for audio.
  public var audio: String
  /// The folder to make.
  public var output: String
  /// Seconds of a clip.
  public var duration: Double
  /// Pairs to train on.
  public var pairs: Int
  /// Pairs to validate on.
  public var validation: Int
  /// The seed of the choice.
  public var seed: Int
  /// Whether another dataset at `output` is replaced.
  public var force: Bool

  /// A request.
  public init(
    audio: String, output: String, duration: Double = 4, pairs: Int = 64, validation: Int = 16,
    seed: Int = 0, force: Bool = false
  ) {
    self.audio = audio
    self.output = output
    self.duration = duration
    self.pairs = pairs
    self.validation = validation
    self.seed = seed
    self.force = force
  }

  /// Samples of a clip.
  public var clipSamples: Int { Int((duration * Double(datasetSampleRate)).rounded()) }
}

/// Samples a second of every dataset.
public let datasetSampleRate = 24_000

/// Where pair `number` of a part lies within a dataset: `train/pair_0007_input.wav`.
public func pairFile(_ part: DatasetPart, _ number: Int, _ role: PairRole) -> String {
  let digits = String(number)
  let padded = String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  return "\(part.rawValue)/pair_\(padded)_\(role.rawValue).wav"
}

/// The parts of a dataset.
public enum DatasetPart: String, Sendable, CaseIterable {
  case train
  case validation = "val"
}

/// The two sounds of a pair.
public enum PairRole: String, Sendable, CaseIterable {
  case input
  case target
}

/// The file that says what a dataset was made of.
public let manifestName = DataFile.manifest
