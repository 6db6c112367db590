import RunContract

/// What an epoch has measured so far, step by step; a checkpoint within the epoch keeps it, so that the
/// epoch's means do not depend on where it was interrupted.
package struct EpochTotals: Equatable, Sendable {
  /// Sums over the steps that were applied.
  private var sums: [String: Double] = [:]
  private var applied = 0
  /// Norms of all steps, applied or not.
  private var normSum = 0.0
  private var normMax = 0.0
  private var steps = 0
  private var clipped = 0

  package init() {}

  /// Adds a step's measures.
  mutating func add(_ measures: Measures, norm: Double, isApplied: Bool, isClipped: Bool) {
    steps += 1
    normSum += norm
    // `max` would lose a NaN.
    normMax = norm.isNaN || normMax.isNaN ? .nan : max(normMax, norm)
    guard isApplied else { return }
    applied += 1
    clipped += isClipped ? 1 : 0
    for (name, value) in measures.named { sums[name, default: 0] += value }
  }

  /// The epoch's values: means of the measures over the applied steps (NaN where there were none), of
  /// the norm over all.
  var values: [String: Double] {
    var values: [String: Double] = [:]
    for (name, sum) in sums { values["epoch_" + name] = sum / Double(applied) }
    if applied == 0 { values["epoch_" + MetricName.loss] = .nan }
    values["epoch_grad_norm_mean"] = normSum / Double(max(1, steps))
    values["epoch_grad_norm_max"] = normMax
    values["epoch_clipped"] = Double(clipped)
    values["epoch_skipped"] = Double(steps - applied)
    return values
  }
}

extension EpochTotals {
  var json: JSONValue {
    .object([
      "sums": .object(sums.mapValues { .number($0) }), "applied": JSONValue(applied),
      "norm_sum": .number(normSum), "norm_max": .number(normMax), "steps": JSONValue(steps),
      "clipped": JSONValue(clipped),
    ])
  }

  init?(_ json: JSONValue) {
    guard let sums = json["sums"]?.object, let applied = json["applied"]?.count,
      let normSum = json["norm_sum"]?.number, let normMax = json["norm_max"]?.number,
      let steps = json["steps"]?.count, let clipped = json["clipped"]?.count, applied <= steps,
      clipped <= applied
    else { return nil }
    self.sums = sums.compactMapValues(\.number)
    self.applied = applied
    self.normSum = normSum
    self.normMax = normMax
    self.steps = steps
    self.clipped = clipped
  }
}
