import Registry
import RunContract

/// How the metrics of one run agree with those of another, step by step.
public struct MetricAgreement: Sendable {
  /// A value that is not the same in both.
  public struct Parting: Sendable, Equatable {
    public let metric: String
    public let step: Int
    public let epoch: Int
    /// The original's value and the other's; `nil` where one of them has none.
    public let values: [Double?]
  }

  /// Values that both have.
  public private(set) var compared = 0
  /// Those of them that are the same to the bit; NaN is the same as NaN.
  public private(set) var identical = 0
  /// Values that only one of the two has.
  public private(set) var missing = 0
  /// The earliest value that is not the same in both.
  public private(set) var first: Parting?
  /// The largest |a − b| / max(|a|, |b|) over the values that both have; infinite where only one of two
  /// values is finite.
  public private(set) var largestDifference = 0.0

  /// Compares what two runs measured; what measures the machine's speed and memory does not count.
  public init(_ original: [MetricSeries], _ other: [MetricSeries]) {
    let known = [original, other].map { series in
      Dictionary(series.map { ($0.name, $0.points) }, uniquingKeysWith: { $1 })
    }
    let names = Set(known.flatMap(\.keys)).subtracting(MetricName.ofTheMachine).sorted()
    for name in names { compare(name, known[0][name] ?? [], known[1][name] ?? []) }
  }

  /// Whether there is anything, and nothing of it differs.
  public var isIdentical: Bool { compared > 0 && compared == identical && missing == 0 }

  /// Both come by step.
  private mutating func compare(
    _ name: String, _ left: [MetricSeries.Point], _ right: [MetricSeries.Point]
  ) {
    var (i, j) = (0, 0)
    while i < left.count || j < right.count {
      let isLeft = j == right.count || (i < left.count && left[i].step <= right[j].step)
      let isRight = i == left.count || (j < right.count && right[j].step <= left[i].step)
      let point = isLeft ? left[i] : right[j]
      let values = [isLeft ? left[i].value : nil, isRight ? right[j].value : nil]
      note(Parting(metric: name, step: point.step, epoch: point.epoch, values: values))
      if isLeft { i += 1 }
      if isRight { j += 1 }
    }
  }

  private mutating func note(_ point: Parting) {
    guard let left = point.values[0], let right = point.values[1] else {
      missing += 1
      return keepEarliest(point)
    }
    compared += 1
    if left.bitPattern == right.bitPattern || (left.isNaN && right.isNaN) {
      identical += 1
      return
    }
    keepEarliest(point)
    largestDifference = max(largestDifference, relativeDifference(left, right))
  }

  private mutating func keepEarliest(_ point: Parting) {
    if first.map({ point.step < $0.step }) ?? true { first = point }
  }
}

private func relativeDifference(_ left: Double, _ right: Double) -> Double {
  guard left.isFinite, right.isFinite else { return left == right ? 0 : .infinity }
  let size = max(left.magnitude, right.magnitude)
  return size == 0 ? 0 : (left / size - right / size).magnitude
}
