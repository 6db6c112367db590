import Autograd
import Communicator
import RunContract

/// What a forward pass over a batch measured, of the whole batch whatever the ranks.
struct Measures: Equatable {
  /// Names and values, the loss first; names without a prefix.
  let named: [(name: String, value: Double)]

  /// The weighted sum of the terms.
  var loss: Double { named.first?.value ?? .nan }

  static func == (a: Self, b: Self) -> Bool { a.named.elementsEqual(b.named) { $0 == $1 } }

  /// Sums this rank's shares with those of the others.
  /// - Parameters:
  ///   - result: `nil` on a rank without clips of this batch.
  ///   - clips: the clips of the whole batch.
  ///   - terms: names and factors of the loss's terms.
  init(
    _ result: MixingResult?, clips: Int, terms: [(name: String, factor: Double)],
    _ communicator: any Communicator
  ) {
    let others = ["c_input", "c_target", "mask_input", "mask_target"]
    var shares = [Double](repeating: 0, count: terms.count + others.count)
    if let result {
      shares =
        result.terms.map { term in
          term.isGlobal && communicator.rank > 0 ? 0 : Double(term.value.scalar)
        }
        + [result.correlationInput, result.correlationTarget].map {
          sumOfMagnitudes($0) / Double(clips)
        } + result.maskMeans
    }
    let values = communicator.sum(shares)
    let loss = zip(terms, values).reduce(0.0) {
      $1.0.factor == 0 ? $0 : $0 + $1.0.factor * $1.1
    }
    named =
      [(MetricName.loss, loss)]
      + zip(terms.map(\.name) + others, values).map { (name: $0, value: $1) }
  }

  /// The terms of the loss that are not finite numbers.
  func brokenTerms(of terms: [(name: String, factor: Double)]) -> [String] {
    named.filter { measure in
      !measure.value.isFinite && terms.contains { $0.name == measure.name && $0.factor != 0 }
    }.map(\.name)
  }
}

/// The mean of measures, each counted with its weight.
struct MeanMeasures {
  private var sums: [String: Double] = [:]
  private var weight = 0.0

  mutating func add(_ measures: Measures, weight: Double) {
    for (name, value) in measures.named { sums[name, default: 0] += value * weight }
    self.weight += weight
  }

  /// The means by name, `prefix` before each.
  func values(prefix: String) -> [String: Double] {
    Dictionary(uniqueKeysWithValues: sums.map { (prefix + $0.key, $0.value / weight) })
  }
}

private func sumOfMagnitudes(_ x: Tensor) -> Double {
  x.array.reduce(0) { $0 + Double($1.magnitude) }
}
