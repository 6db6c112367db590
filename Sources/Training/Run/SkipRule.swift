/// What becomes of a step, by the norm of its gradient before clipping.
enum StepDecision: Equatable {
  /// It is applied.
  case apply
  /// It is not applied, for this reason.
  case skip(String)
  /// It is not applied, and the run ends as diverged.
  case end(String)

  /// How far-reaching it is.
  var gravity: Int {
    switch self {
    case .apply: 0
    case .skip: 1
    case .end: 2
    }
  }
}

/// Which steps are applied. A gradient that is not finite never is.
struct SkipRule {
  private let settings: TrainSettings
  private let stepsPerEpoch: Int

  init(_ settings: TrainSettings, stepsPerEpoch: Int) {
    self.settings = settings
    self.stepsPerEpoch = stepsPerEpoch
  }

  /// Decides on a step.
  /// - Parameter skippedInRow: the skipped steps right before it.
  func decision(norm: Double, loss: Double, skippedInRow: Int) -> StepDecision {
    guard let reason = reason(norm: norm, loss: loss) else { return .apply }
    let isFinite = norm.isFinite && loss.isFinite
    if norm > settings.guardNorm, isFinite { return .end(reason) }
    // An epoch in which nothing was finite shows broken parameters, however few its steps are.
    let limit =
      isFinite ? settings.maxSkippedSteps : min(settings.maxSkippedSteps, stepsPerEpoch)
    let row = skippedInRow + 1
    if row < limit { return .skip(reason) }
    return .end(reason + (limit > 1 ? "; that is \(row) skipped steps in a row" : ""))
  }

  private func reason(norm: Double, loss: Double) -> String? {
    if !norm.isFinite { return "its gradient is not finite" }
    if !loss.isFinite { return "its loss is not finite" }
    // The guard alone may be set.
    if norm > settings.skipNorm { return "its gradient norm \(short(norm)) is above skip_norm" }
    if norm > settings.guardNorm { return "its gradient norm \(short(norm)) is above guard_norm" }
    return nil
  }
}

private func short(_ value: Double) -> String {
  value < 1e6 ? "\((value * 100).rounded() / 100)" : "\(value)"
}
