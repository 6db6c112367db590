/// What the runs of a group have in common in one metric, epoch by epoch.
struct GroupCurve: Equatable {
  /// What a band shows.
  enum Band { case extremes, quartiles }

  /// One place of the grid. The three values are NaN where no value is finite.
  struct Place: Equatable {
    var median = Double.nan
    var low = Double.nan
    var high = Double.nan
    /// How many values are finite, and how many are not.
    var finite = 0
    var nonFinite = 0
  }

  var places: [Place]

  /// The curve of these courses.
  init(_ series: [ReportedSeries], on grid: EpochGrid, band: Band) {
    places = Array(repeating: Place(), count: grid.count)
    for series in series {
      for point in series.points {
        let index = grid.index(of: point.epoch)
        if point.value.isFinite {
          places[index].finite += 1
        } else {
          places[index].nonFinite += 1
        }
      }
    }
    fill(series, on: grid, band: band)
  }

  /// Puts the values of each place beside each other in one list, then takes its order statistics.
  private mutating func fill(_ series: [ReportedSeries], on grid: EpochGrid, band: Band) {
    var starts = [0]
    starts.reserveCapacity(places.count + 1)
    for place in places { starts.append(starts[starts.count - 1] + place.finite) }
    var values = [Double](repeating: 0, count: starts[places.count])
    var ends = starts
    for series in series {
      for point in series.points where point.value.isFinite {
        let index = grid.index(of: point.epoch)
        values[ends[index]] = point.value
        ends[index] += 1
      }
    }
    for index in places.indices where places[index].finite > 0 {
      let range = starts[index]..<starts[index + 1]
      values[range].sort()
      let sorted = values[range]
      places[index].median = quantile(sorted, 0.5)
      places[index].low = quantile(sorted, band == .extremes ? 0 : 0.25)
      places[index].high = quantile(sorted, band == .extremes ? 1 : 0.75)
    }
  }

  /// The last place with a value.
  var end: (index: Int, value: Double)? {
    places.lastIndex { !$0.median.isNaN }.map { ($0, places[$0].median) }
  }

  var isEmpty: Bool { !places.contains { $0.finite + $0.nonFinite > 0 } }
  var hasNonFinite: Bool { places.contains { $0.nonFinite > 0 } }
}

/// The quantile of sorted values with linear interpolation between them (Hyndman and Fan's type 7).
package func quantile(_ sorted: ArraySlice<Double>, _ share: Double) -> Double {
  guard let first = sorted.first else { return .nan }
  let place = Double(sorted.count - 1) * share
  let below = Int(place)
  let low = sorted[sorted.startIndex + below]
  guard below + 1 < sorted.count, place > Double(below) else {
    return sorted.count == 1 ? first : low
  }
  let high = sorted[sorted.startIndex + below + 1]
  let rest = place - Double(below)
  return low * (1 - rest) + high * rest
}
