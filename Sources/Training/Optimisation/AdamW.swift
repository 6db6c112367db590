import Autograd

/// AdamW (Loshchilov and Hutter, arXiv 1711.05101), in PyTorch's form:
/// p ← p·(1 − η·λ) − η/(1 − β₁ᵗ) · m/(√v/√(1 − β₂ᵗ) + ε), with β = (0.9, 0.999), ε = 1e-8.
public final class AdamW {
  /// η, which a schedule may change between steps.
  public var learningRate: Double
  private let weightDecay: Double
  private let first: Buffer
  private let second: Buffer
  /// The steps taken.
  package var step = 0
  /// The running means of the gradient and of its square, in the parameters' layout.
  package var firstMoment: UnsafeMutablePointer<Float> { first.pointer }
  package var secondMoment: UnsafeMutablePointer<Float> { second.pointer }

  /// An optimiser for a store's parameters.
  public init(
    _ parameters: ParameterStore, learningRate: Double, weightDecay: Double, pool: BufferPool
  ) {
    self.learningRate = learningRate
    self.weightDecay = weightDecay
    first = pool.takeZeroed(parameters.count)
    second = pool.takeZeroed(parameters.count)
  }

  /// Moves the parameters by their gradients.
  public func update(_ parameters: ParameterStore) {
    step += 1
    let (beta1, beta2) = (0.9, 0.999)
    adamWUpdate(
      values: parameters.values, gradients: parameters.gradients, first: first.pointer,
      second: second.pointer, count: parameters.count,
      step: AdamWStep(
        firstShare: Float(1 - beta1), secondKeep: Float(beta2), secondShare: Float(1 - beta2),
        root: Float((1 - power(beta2, step)).squareRoot()),
        keep: Float(1 - learningRate * weightDecay),
        rate: Float(learningRate / (1 - power(beta1, step)))))
  }
}

private func power(_ base: Double, _ exponent: Int) -> Double {
  var (result, factor, rest) = (1.0, base, exponent)
  while rest > 0 {
    if rest % 2 == 1 { result *= factor }
    factor *= factor
    rest /= 2
  }
  return result
}
