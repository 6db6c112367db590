import Autograd

/// Clipping by value: each element of the gradient is held within ±limit, which changes the direction.
public struct ValueClipping: GradientClipping {
  /// The largest magnitude of an element.
  public var limit: Double
  public var memory: [Double] = []

  /// Clipping to a magnitude.
  public init(limit: Double) { self.limit = limit }

  public func clip(_ parameters: ParameterStore, norm: Double) -> Bool {
    // No element is longer than the whole.
    guard norm > limit else { return false }
    let bound = Float(limit)
    var isClipped = false
    for i in 0..<parameters.count where parameters.gradients[i].magnitude > bound {
      parameters.gradients[i] = parameters.gradients[i] > 0 ? bound : -bound
      isClipped = true
    }
    return isClipped
  }
}
