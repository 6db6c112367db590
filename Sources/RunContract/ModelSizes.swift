/// A named size of the mixing network.
public struct ModelSize: Sendable, Equatable {
  /// The name in configs.
  public let name: String
  /// Channels of the residual blocks.
  public let width: Int
  /// Residual blocks.
  public let depth: Int
}

/// The sizes there are: for tests, for clips of a few seconds, for real use with clips of 16 seconds.
public let modelSizes = [
  ModelSize(name: "tiny", width: 16, depth: 2),
  ModelSize(name: "small", width: 128, depth: 6),
  ModelSize(name: "base", width: 192, depth: 8),
]

let modelSizeHelp =
  modelSizes.map { "\($0.name) (\($0.width) x \($0.depth))" }.joined(separator: ", ")
