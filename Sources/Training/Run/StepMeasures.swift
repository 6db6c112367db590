import Autograd
import Foundation
import RunContract

/// What a forward pass over a batch measured.
struct Measures: Sendable, Equatable {
  var loss = 0.0
  var corrPenalty = 0.0
  var rmsInput = 0.0
  var rmsTarget = 0.0
  var balance = 0.0
  /// Mean |c| of the output's envelope with the input's.
  var cInput = 0.0
  /// Mean |c| with the target's.
  var cTarget = 0.0

  init() {}

  init(_ result: MixingResult) {
    loss = Double(result.loss.scalar)
    corrPenalty = Double(result.corrPenalty.scalar)
    rmsInput = Double(result.rmsInput.scalar)
    rmsTarget = Double(result.rmsTarget.scalar)
    balance = Double(result.balance.scalar)
    cInput = meanMagnitude(result.correlationInput)
    cTarget = meanMagnitude(result.correlationTarget)
  }

  /// Names and values, the names without a prefix.
  var named: [(name: String, value: Double)] {
    [
      (MetricName.loss, loss), (MetricName.corrPenalty, corrPenalty), ("rms_input", rmsInput),
      ("rms_target", rmsTarget), ("balance", balance), ("c_input", cInput), ("c_target", cTarget),
    ]
  }

  /// The terms of the loss that are not finite numbers.
  var brokenTerms: [String] {
    named.filter { $0.name != MetricName.loss && !$0.value.isFinite }.map(\.name)
  }
}

/// The mean of measures, each counted with its weight.
struct MeanMeasures {
  private var sums: [Double] = []
  private var weight = 0.0

  mutating func add(_ measures: Measures, weight: Double) {
    let values = measures.named.map { $0.value * weight }
    sums = sums.isEmpty ? values : zip(sums, values).map(+)
    self.weight += weight
  }

  /// The means by name, `prefix` before each.
  func values(prefix: String) -> [String: Double] {
    guard weight > 0 else { return [:] }
    return Dictionary(
      uniqueKeysWithValues: zip(Measures().named, sums).map { (prefix + $0.name, $1 / weight) })
  }
}

private func meanMagnitude(_ x: Tensor) -> Double {
  x.array.reduce(0) { $0 + Double($1.magnitude) } / Double(x.count)
}
