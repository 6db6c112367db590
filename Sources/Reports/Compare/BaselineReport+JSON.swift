import RunContract

extension BaselineReport {
  /// An object; the keys are part of the program's interface.
  public var json: JSONValue {
    [
      "name": .string(baseline.name),
      "comparisons": .array(comparisons.map(\.json)),
    ]
  }
}

extension GroupComparison {
  fileprivate var json: JSONValue {
    [
      "group": .string(other.name), "baseline": .string(baseline.name),
      "metric": .string(metric.name), "value": .string(moment.rawValue),
      "lower_is_better": .bool(metric.lowerIsBetter), "difference": JSONValue(difference.mean),
      "low": JSONValue(difference.low), "high": JSONValue(difference.high),
      "paired": .bool(difference.isPaired), "n": JSONValue(difference.count),
      "n_baseline": JSONValue(difference.baselineCount),
      "seeds": .array(difference.seeds.map(\.json)),
      "test": JSONValue(difference.test?.rawValue), "exact": .bool(difference.isExact),
      "p": JSONValue(difference.pValue), "p_holm": JSONValue(adjustedP),
      "smallest_p": JSONValue(difference.smallestP),
      "seeds_needed": JSONValue(seedsNeeded),
      "exploded": explosions.other.json, "exploded_baseline": explosions.baseline.json,
      "p_fisher": JSONValue(explosions.pValue), "p_fisher_holm": JSONValue(adjustedExplosionP),
      "verdict": .string(verdict),
    ]
  }
}

extension Explosions.Rate {
  fileprivate var json: JSONValue {
    [
      "exploded": JSONValue(exploded), "n": JSONValue(count), "low": JSONValue(low),
      "high": JSONValue(high),
    ]
  }
}
