import Autograd

/// Gradients as they are.
public struct NoClipping: GradientClipping {
  public var memory: [Double] = []

  /// No clipping.
  public init() {}

  public func clip(_ parameters: ParameterStore, norm: Double) -> Bool { false }
}
