import Autograd

/// A way to keep gradients from throwing a model off its course: asked once a step, after the norm
/// has been measured.
public protocol GradientClipping {
  /// Changes the gradients where they are too large.
  /// - Parameter norm: the global norm of the gradients as they are, a finite number.
  /// - Returns: whether they were changed.
  mutating func clip(_ parameters: ParameterStore, norm: Double) -> Bool

  /// What it remembers of earlier steps; a checkpoint keeps it.
  var memory: [Double] { get set }
}

/// The ways there are, by their names in configs.
public let clippings: [(name: String, make: @Sendable (ClippingSettings) -> any GradientClipping)] =
  [
    ("norm", { NormClipping(limit: $0.value) }),
    ("value", { ValueClipping(limit: $0.value) }),
    ("none", { _ in NoClipping() }),
    (
      "zclip",
      { ZClip(threshold: $0.zclipThreshold, decay: $0.zclipDecay, warmup: $0.zclipWarmup) }
    ),
    ("autoclip", { AutoClip(percentile: $0.autoclipPercentile) }),
  ]

/// The global norm of all gradients. In Double: it must not overflow where the gradients do not.
public func gradientNorm(_ parameters: ParameterStore) -> Double {
  squaredNorm(parameters.gradients, parameters.count).squareRoot()
}

/// Gives gradients longer than `limit` that length, and leaves their direction.
/// - Returns: whether they were longer.
func shorten(_ parameters: ParameterStore, norm: Double, to limit: Double) -> Bool {
  guard norm > limit else { return false }
  scale(parameters.gradients, by: Float(limit / norm), count: parameters.count)
  return true
}
