import Registry
import RunContract
import Statistics

/// One group of runs against another, the baseline, by one metric and by how often they explode.
public struct GroupComparison: Sendable {
  public let baseline: RunGroup
  public let other: RunGroup
  public let metric: MetricChoice
  public let moment: Moment
  public let difference: Difference
  public let explosions: Explosions
  /// Of runs that count, how many have no finite value, and how many runs do not count.
  let left: Left

  /// Runs that are not in the difference.
  struct Left: Sendable {
    let notFinite: Int
    let unfinished: Int
    let unpaired: Int
  }

  init(
    _ other: GroupSummary, against baseline: GroupSummary, _ metric: MetricChoice, _ moment: Moment
  ) {
    self.baseline = baseline.group
    self.other = other.group
    self.metric = metric
    self.moment = moment
    let values = [other, baseline].map { SeededValues($0, metric, moment) }
    difference = Difference(values[0], values[1])
    explosions = Explosions(other.group, baseline.group)
    let finite = values.reduce(0) { $0 + $1.all.count }
    left = Left(
      notFinite: values.reduce(0) { $0 + $1.notFinite },
      unfinished: [other, baseline].reduce(0) { $0 + $1.group.runs.count - $1.counted.count },
      unpaired: difference.isPaired
        ? finite - values[0].runs(of: difference.seeds) - values[1].runs(of: difference.seeds) : 0)
  }

  /// Comparisons of all groups but one with that one, their p-values corrected for their number.
  public static func all(
    _ groups: [GroupSummary], baseline: Int, _ metric: MetricChoice, _ moment: Moment
  ) -> [GroupComparison] {
    var comparisons = groups.indices.filter { $0 != baseline }.map {
      GroupComparison(groups[$0], against: groups[baseline], metric, moment)
    }
    let differences = comparisons.map(\.difference.pValue)
    let explosions = comparisons.map { $0.explosions.pValue as Double? }
    for (index, pair) in zip(holm(differences), holm(explosions)).enumerated() {
      comparisons[index].adjust(pair.0, pair.1, family: differences.count { $0 != nil })
    }
    return comparisons
  }

  private mutating func adjust(_ difference: Double?, _ explosions: Double?, family: Int) {
    adjustedP = difference
    adjustedExplosionP = explosions
    self.family = family
  }

  /// The p-value of the difference after Holm's correction for the pairs that have one.
  public private(set) var adjustedP: Double?
  /// The same for the explosions.
  public private(set) var adjustedExplosionP: Double?
  /// How many differences were tested together.
  private(set) var family = 1
}

/// The values of a group's runs by seed.
struct SeededValues {
  let all: [Double]
  let notFinite: Int
  private let bySeed: [ParameterValue: [Double]]

  init(_ group: GroupSummary, _ metric: MetricChoice, _ moment: Moment) {
    let known = group.counted.compactMap { run in
      run.value(metric, moment).map { (seed: run.seed, value: $0) }
    }
    all = known.map(\.value).filter(\.isFinite)
    notFinite = known.count - all.count
    bySeed = known.reduce(into: [:]) { values, run in
      if let seed = run.seed, run.value.isFinite { values[seed, default: []].append(run.value) }
    }
  }

  var seeds: Set<ParameterValue> { Set(bySeed.keys) }

  /// The mean over the group's runs with this seed.
  func mean(_ seed: ParameterValue) -> Double? { bySeed[seed].flatMap { Statistics.mean($0) } }

  /// The number of runs with these seeds.
  func runs(of seeds: [ParameterValue]) -> Int {
    seeds.reduce(0) { $0 + (bySeed[$1]?.count ?? 0) }
  }
}
