import Autograd

/// Clipping by the global norm: gradients longer than the limit keep their direction and get its
/// length (Pascanu, Mikolov and Bengio, arXiv 1211.5063).
public struct NormClipping: Sendable {
  /// The largest norm that is left alone.
  public var limit: Double

  /// Clipping to a norm.
  public init(limit: Double) { self.limit = limit }

  /// Clips, and returns the norm from **before**. A norm that is not finite changes nothing: the
  /// caller must not take a step then.
  public func clip(_ parameters: ParameterStore) -> Double {
    let norm = squaredNorm(parameters.gradients, parameters.count).squareRoot()
    guard norm.isFinite, norm > limit else { return norm }
    let factor = Float(limit / norm)
    for i in 0..<parameters.count { parameters.gradients[i] *= factor }
    return norm
  }
}
