/// One metric of one run, drawn together epoch by epoch.
public struct MetricCourse: Sendable, Equatable {
  /// The epochs that have a value, ascending.
  public private(set) var epochs: [Int] = []
  /// The mean over the steps of each of ``epochs``. A value that is not finite makes a mean what arithmetic
  /// makes it.
  public private(set) var means: [Double] = []
  /// The highest value of each of ``epochs``; one that is not finite is higher than any.
  public private(set) var highs: [Double] = []
  /// The highest value and where it was; one that is not finite is higher than any, and of equals the first
  /// counts.
  public private(set) var highest: MetricPoint?

  private var counts: [Int] = []

  /// A course without values.
  public init() {}

  /// Takes in the value of one step; steps come in their order.
  public mutating func add(_ value: Double, step: Int, epoch: Int) {
    if highest.map({ value.isHigher(than: $0.value) }) ?? true {
      highest = MetricPoint(step: step, epoch: epoch, value: value)
    }
    let place = place(of: epoch)
    if counts[place] == 0 || value.isHigher(than: highs[place]) { highs[place] = value }
    counts[place] += 1
    means[place] += value
  }

  /// Makes means out of the sums that ``add(_:step:epoch:)`` gathered.
  public mutating func close() {
    for index in means.indices where counts[index] > 1 { means[index] /= Double(counts[index]) }
    counts = []
  }

  private mutating func place(of epoch: Int) -> Int {
    let end = epochs.count
    if let last = epochs.last, epoch <= last {
      if epoch == last { return end - 1 }
      // Only where a trainer's epochs go backwards.
      let place = epochs.firstIndex { $0 >= epoch } ?? end
      if epochs[place] == epoch { return place }
      epochs.insert(epoch, at: place)
      means.insert(0, at: place)
      highs.insert(0, at: place)
      counts.insert(0, at: place)
      return place
    }
    // Appending is several times as fast as inserting at the end.
    epochs.append(epoch)
    means.append(0)
    highs.append(0)
    counts.append(0)
    return end
  }

  /// The mean of the last epoch.
  public var last: Double? { means.last }
  /// The lowest mean of an epoch and that epoch; epochs without a number do not count.
  public var lowest: (value: Double, epoch: Int)? { extreme(by: <) }
  /// The highest mean of an epoch and that epoch; epochs without a number do not count.
  public var highestMean: (value: Double, epoch: Int)? { extreme(by: >) }

  private func extreme(by better: (Double, Double) -> Bool) -> (value: Double, epoch: Int)? {
    var best: Int?
    for index in means.indices where !means[index].isNaN {
      if best.map({ better(means[index], means[$0]) }) ?? true { best = index }
    }
    return best.map { (means[$0], epochs[$0]) }
  }
}

extension Double {
  /// Whether a value is higher than another, where one that is not finite is higher than any.
  public func isHigher(than other: Double) -> Bool {
    if !other.isFinite { return false }
    return !isFinite || self > other
  }
}
