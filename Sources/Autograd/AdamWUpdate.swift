import CKernels

/// The constants of one step of AdamW (Loshchilov and Hutter, arXiv 1711.05101).
public struct AdamWStep: Sendable {
  /// 1 − β₁.
  public var firstShare: Float
  /// β₂.
  public var secondKeep: Float
  /// 1 − β₂.
  public var secondShare: Float
  /// √(1 − β₂ᵗ).
  public var root: Float
  /// 1 − η·λ: what decay leaves of a parameter.
  public var keep: Float
  /// η/(1 − β₁ᵗ).
  public var rate: Float

  /// The constants, computed by the caller in Double.
  public init(
    firstShare: Float, secondKeep: Float, secondShare: Float, root: Float, keep: Float, rate: Float
  ) {
    self.firstShare = firstShare
    self.secondKeep = secondKeep
    self.secondShare = secondShare
    self.root = root
    self.keep = keep
    self.rate = rate
  }
}

/// m ← m + (1 − β₁)·(g − m), v ← β₂·v + (1 − β₂)·g², p ← keep·p − rate·m/(√v/root + 1e-8), element by
/// element: the same bits on every machine and with any number of threads.
/// - Parameters:
///   - values: p, overwritten.
///   - gradients: g.
///   - first: m, overwritten.
///   - second: v, overwritten.
public func adamWUpdate(
  values: UnsafeMutablePointer<Float>, gradients: UnsafePointer<Float>,
  first: UnsafeMutablePointer<Float>, second: UnsafeMutablePointer<Float>, count: Int,
  step: AdamWStep, crew: Crew = .shared
) {
  let constants = adamw_step(
    share1: step.firstShare, keep2: step.secondKeep, share2: step.secondShare, root: step.root,
    keep: step.keep, rate: step.rate)
  let chunks = Chunks.elements(count)
  crew.forEach(chunks.count) { _, part in
    let (start, length) = (chunks[part].lowerBound, Int64(chunks[part].count))
    kernels.adamw(
      values + start, gradients + start, first + start, second + start, constants, length)
  }
}

/// x ← factor·x.
public func scale(
  _ x: UnsafeMutablePointer<Float>, by factor: Float, count: Int, crew: Crew = .shared
) {
  let chunks = Chunks.elements(count)
  crew.forEach(chunks.count) { _, part in
    kernels.scale(x + chunks[part].lowerBound, factor, Int64(chunks[part].count))
  }
}
