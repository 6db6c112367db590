import Autograd

/// Clipping by the global norm: gradients longer than the limit keep their direction and get its
/// length (Pascanu, Mikolov and Bengio, arXiv 1211.5063).
public struct NormClipping: GradientClipping {
  /// The largest norm that is left alone.
  public var limit: Double
  public var memory: [Double] = []

  /// Clipping to a norm.
  public init(limit: Double) { self.limit = limit }

  public func clip(_ parameters: ParameterStore, norm: Double) -> Bool {
    shorten(parameters, norm: norm, to: limit)
  }
}
