import RunContract
import Terminal

/// Groups of runs against one of them.
public struct BaselineReport: Sendable {
  public let baseline: RunGroup
  public let comparisons: [GroupComparison]
  private let place: Int
  private let metric: MetricChoice
  private let moment: Moment

  /// A comparison of all groups of a report with the one that fulfils the conditions.
  /// - Throws: ``GroupingError`` where none does, or several do.
  public init(
    _ report: GroupReport, baseline conditions: [RunCondition], _ moment: Moment
  ) throws(GroupingError) {
    let groups = report.groups
    let known = Set(groups.flatMap { $0.group.key.map(\.name) })
    if let unknown = conditions.first(where: { !known.contains($0.name) }) {
      throw GroupingError(
        description: "the groups have no \(printable(unknown.name))"
          + "\(didYouMean(unknown.name, in: known.sorted())); they are told apart by "
          + known.sorted().map(printable).joined(separator: ", "))
    }
    let found = groups.indices.filter { index in
      let parameters = groups[index].group.key.reduce(into: [:]) { $0[$1.name] = $1.value }
      return conditions.allSatisfy { $0.holds(for: parameters) }
    }
    guard found.count == 1, let place = found.first else {
      let names = (found.isEmpty ? Array(groups.indices) : found).prefix(8)
        .map { printable(groups[$0].group.name) }
      throw GroupingError(
        description: found.isEmpty
          ? "no group is so; there are \(names.joined(separator: "; "))"
          : "\(found.count) groups are so, and one is meant: \(names.joined(separator: "; "))")
    }
    guard let metric = report.metrics.first else {
      throw GroupingError(description: "the runs have no metric to be judged by")
    }
    self.metric = metric
    self.moment = moment
    self.place = place
    baseline = groups[place].group
    comparisons = GroupComparison.all(groups, baseline: place, metric, moment)
  }

  /// What is compared, for a heading.
  public var title: String {
    "Against \(printable(baseline.name)), \(moment.rawValue) \(metric.name), "
      + "\(metric.lowerIsBetter ? "lower" : "higher") is better:"
  }

  /// The columns of the groups' own table and those of their comparison with the baseline.
  public func flat(_ groups: FlatTable) -> FlatTable {
    var comparisons = self.comparisons.map(Optional.some)
    comparisons.insert(nil, at: place)
    return groups.with(comparisons.map { columns($0) })
  }

  private func columns(
    _ comparison: GroupComparison?
  ) -> [(name: String, value: ParameterValue?)] {
    let difference = comparison?.difference
    return [
      ("difference", ParameterValue?(difference?.mean)),
      ("difference_low", ParameterValue?(difference?.low)),
      ("difference_high", ParameterValue?(difference?.high)),
      ("paired", difference.map { .bool($0.isPaired) }),
      ("difference_n", ParameterValue?(difference?.count)),
      ("p", ParameterValue?(difference?.pValue)),
      ("p_holm", ParameterValue?(comparison?.adjustedP)),
      ("p_fisher", ParameterValue?(comparison?.explosions.pValue)),
      ("p_fisher_holm", ParameterValue?(comparison?.adjustedExplosionP)),
      ("verdict", comparison.map { .string($0.verdict) }),
    ]
  }

  /// A table with one row a comparison.
  public var table: Table {
    let names = baseline.key.map(\.name)
    var table = Table(
      names.map { Column($0, number: false) } + [
        Column("DIFFERENCE", number: true), Column("N", number: true), Column("P", number: true),
        Column("P HOLM", number: true), Column("EXPLODED", number: true),
        Column("BASELINE", number: true, rank: 2), Column("P FISHER", number: true, rank: 1),
        Column("FISHER HOLM", number: true),
      ])
    table.rows = comparisons.map { row($0) }
    return table
  }

  private func row(_ comparison: GroupComparison) -> [Cell] {
    let difference = comparison.difference
    let interval = difference.low.flatMap { low in difference.high.map { (low, $0) } }
    return comparison.other.key.map { Cell($0.value?.text ?? "–", .strong) } + [
      Cell(short(difference.mean) + (interval.map { " [\(short($0)), \(short($1))]" } ?? "")),
      Cell(
        difference.isPaired
          ? "\(difference.count) pairs" : "\(difference.count) and \(difference.baselineCount)"),
      Cell(short(difference.pValue)), verdictCell(comparison),
      Cell(cell(comparison.explosions.other)), Cell(cell(comparison.explosions.baseline)),
      Cell(short(comparison.explosions.pValue)), Cell(short(comparison.adjustedExplosionP)),
    ]
  }

  private func verdictCell(_ comparison: GroupComparison) -> Cell {
    guard let p = comparison.adjustedP, p <= significance, let mean = comparison.difference.mean
    else { return Cell(short(comparison.adjustedP)) }
    return Cell(short(p), (mean < 0) == metric.lowerIsBetter ? .good : .bad)
  }

  private func cell(_ rate: Explosions.Rate) -> String {
    "\(rate.exploded)/\(rate.count) [\(rate.shownInterval)]"
  }

  /// The sentences, each after its group's name, in lines of at most so many columns.
  public func sentences(width: Int) -> [String] {
    comparisons.flatMap { comparison in
      wrapped("\(printable(comparison.other.name)): \(comparison.verdict)", to: width, indent: 2)
    }
  }
}
