/// The size of the mixing network.
public struct NetworkShape: Sendable, Equatable {
  /// Channels of the residual blocks.
  public var width: Int
  /// Residual blocks.
  public var depth: Int
  /// Frames that are pooled before the network.
  public var stride: Int

  /// A shape.
  public init(width: Int, depth: Int, stride: Int) {
    self.width = width
    self.depth = depth
    self.stride = stride
  }

  /// Above this the parameters, gradients and AdamW's two moments alone take 4 GB.
  static let largestParameterCount = 250_000_000

  /// Whether the parameters fit any machine this is meant for.
  var isFeasible: Bool { parameterCount <= Double(Self.largestParameterCount) }

  private var parameterCount: Double {
    Double(depth) * Double(width) * (4 * Double(width) + 4) + Double(width) * 4 * Double(melBands)
  }

  /// The dilation of a block's convolution: 1, 2, 4 … 32, then from 1 again.
  func dilation(ofBlock block: Int) -> Int { 1 << (block % 6) }
}
