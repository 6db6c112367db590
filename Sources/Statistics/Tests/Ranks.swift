/// The ranks of values, ties sharing the mean of theirs, as `scipy.stats.rankdata`.
struct Ranks {
  /// Twice each value's rank, a whole number also where ranks are shared.
  let doubled: [Int]
  /// How many values share a rank, of each rank.
  let tieSizes: [Int]

  init(_ values: [Double]) {
    let order = values.indices.sorted { values[$0] < values[$1] }
    var doubled = [Int](repeating: 0, count: values.count)
    var tieSizes: [Int] = []
    var start = 0
    while start < order.count {
      var end = start + 1
      while end < order.count && values[order[end]] == values[order[start]] { end += 1 }
      // Ranks start + 1 ... end: twice their mean is the sum of the ends.
      for place in order[start..<end] { doubled[place] = start + 1 + end }
      tieSizes.append(end - start)
      start = end
    }
    self.doubled = doubled
    self.tieSizes = tieSizes
  }

  var hasTies: Bool { tieSizes.contains { $0 > 1 } }
}
