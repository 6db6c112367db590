import Autograd

/// ZClip (Kumar, Owen, Chowdhury and Güra, arXiv 2504.02507): a norm whose z-score among the norms
/// before it is above the threshold is brought down to μ + (threshold²/z)·σ, the further down the
/// further out it was; μ and σ² are running means over the norms after clipping.
///
/// The first `warmup` norms are only watched: their mean and variance are the first μ and σ².
public struct ZClip: GradientClipping {
  private let threshold: Double
  private let decay: Double
  private let warmup: Int
  /// Norms seen, their mean, their variance (during the warm-up the sum of squared deviations).
  private var count = 0.0
  private var mean = 0.0
  private var variance = 0.0

  public var memory: [Double] {
    get { [count, mean, variance] }
    set {
      if newValue.count == 3 { (count, mean, variance) = (newValue[0], newValue[1], newValue[2]) }
    }
  }

  /// Clipping by z-score.
  public init(threshold: Double, decay: Double, warmup: Int) {
    self.threshold = threshold
    self.decay = decay
    self.warmup = warmup
  }

  public mutating func clip(_ parameters: ParameterStore, norm: Double) -> Bool {
    guard count >= Double(warmup) else {
      watch(norm)
      return false
    }
    let deviation = variance.squareRoot()
    let z = (norm - mean) / (deviation + 1e-6)
    let limit = z > threshold ? mean + threshold * threshold / z * deviation : norm
    mean = decay * mean + (1 - decay) * limit
    variance = decay * variance + (1 - decay) * (limit - mean) * (limit - mean)
    return shorten(parameters, norm: norm, to: limit)
  }

  /// Welford's running mean and sum of squared deviations.
  private mutating func watch(_ norm: Double) {
    count += 1
    let before = norm - mean
    mean += before / count
    variance += before * (norm - mean)
    if count == Double(warmup) { variance /= count }
  }
}
