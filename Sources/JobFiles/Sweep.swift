import RunContract

/// One direction of a block: parameters that change together.
struct SweepAxis {
  /// The parameters' names: one, or those of a `zip`.
  var names: [String]
  /// One row of values for each step, in the order of `names`.
  var rows: [[ParameterValue]]

  /// Whether two of its steps are the same.
  var repeatsItself: Bool { Set(rows).count < rows.count }

  /// The axis without one parameter; `nil` where none is left.
  func removing(_ name: String) -> SweepAxis? {
    guard let index = names.firstIndex(of: name) else { return self }
    guard names.count > 1 else { return nil }
    var axis = self
    axis.names.remove(at: index)
    axis.rows = rows.map { row in
      var row = row
      row.remove(at: index)
      return row
    }
    return axis
  }
}

/// One block of a sweep: its axes multiply, the last one changing fastest.
struct SweepBlock {
  var axes: [SweepAxis] = []

  /// The number of combinations, `nil` where it is beyond counting.
  var count: Int? {
    axes.reduce(1 as Int?) { product, axis in
      guard let product else { return nil }
      let (result, overflow) = product.multipliedReportingOverflow(by: axis.rows.count)
      return overflow ? nil : result
    }
  }

  /// Every combination upon a base that it overrides.
  func expanded(upon base: [String: ParameterValue]) -> [[String: ParameterValue]] {
    axes.reduce([base]) { sets, axis in
      sets.flatMap { set in
        axis.rows.map { row in
          set.merging(zip(axis.names, row)) { _, swept in swept }
        }
      }
    }
  }
}

/// The most configs that one job file may stand for: more than any cluster's queue takes, and few
/// enough for this machine's memory.
let configLimit = 100_000
