/// The epochs of a chart from left to right, put together where they are more than there is room for.
struct EpochGrid: Equatable {
  /// The first epoch, and how many epochs are one place.
  let first: Int
  let width: Int
  let count: Int

  /// The grid that holds all epochs of these courses in at most so many places.
  init(_ series: some Sequence<ReportedSeries>, points: Int) {
    var (low, high) = (Int.max, Int.min)
    for series in series {
      // They are sorted.
      guard let first = series.points.first, let last = series.points.last else { continue }
      low = min(low, Self.bounded(first.epoch))
      high = max(high, Self.bounded(last.epoch))
    }
    guard low <= high else {
      (first, width, count) = (0, 1, 0)
      return
    }
    let epochs = high - low + 1
    first = low
    width = (epochs + points - 1) / points
    count = (epochs + width - 1) / width
  }

  /// The place of an epoch.
  func index(of epoch: Int) -> Int { (Self.bounded(epoch) - first) / width }

  /// The middle of a place's epochs.
  func epoch(_ index: Int) -> Double { Double(first + index * width) + Double(width - 1) / 2 }

  var last: Int { first + max(count * width, 1) - 1 }

  /// How far right an epoch lies, from 0 to 1; a single epoch lies in the middle.
  func position(_ epoch: Double) -> Double {
    last > first ? (epoch - Double(first)) / Double(last - first) : 0.5
  }

  /// No file's epochs are such; they must not overflow.
  static func bounded(_ epoch: Int) -> Int { min(max(epoch, -(1 << 40)), 1 << 40) }
}
