/// An axis of the parallel coordinates that shows a parameter.
struct ParallelAxis {
  let name: String
  /// The places of the values that are marked, from 0 below to 1 above, with their texts.
  let ticks: [(place: Double, text: String)]
  /// The place of each run; `nil` for one without the parameter.
  let places: [Double?]

  private static let steps = 8

  /// The axis of a parameter: its values as even steps where they are few, else the numbers in between the
  /// lowest and the highest, else words of which a few are marked.
  init(_ name: String, _ runs: [ReportedRun]) {
    self.name = name
    let levels = runs.map { Level($0, name) }
    let known = distinct(levels.filter(\.isKnown))
    let numbers = known.compactMap(\.number).filter(\.isFinite)
    if known.count > Self.steps, numbers.count == known.count, let low = numbers.first,
      let high = numbers.last
    {
      let axis = ValueAxis(numbers, isLogarithmic: low > 0 && high / low > 50)
      ticks = axis.ticks.compactMap { tick in
        axis.position(tick).map { ($0, numberText(tick, isShort: true)) }
      }
      places = levels.map { $0.number.flatMap(axis.position) }
      return
    }
    var order: [Level: Int] = [:]
    for (index, level) in known.enumerated() { order[level] = index }
    let place = { (index: Int) in
      known.count < 2 ? 0.5 : 0.04 + 0.92 * Double(index) / Double(known.count - 1)
    }
    let every = (known.count + 11) / 12
    ticks = known.indices.filter { $0 % max(every, 1) == 0 }.map { (place($0), known[$0].text) }
    // Runs with the same values lie beside each other, not on each other.
    places = levels.enumerated().map { index, level in
      order[level].map { place($0) + (Double(index * 7 % 15) - 7) / 15 * 0.03 }
    }
  }
}
