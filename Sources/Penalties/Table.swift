/// The penalties there are. A new one is a file like its neighbours and a line here: configs, help,
/// `train penalties` and the tests read this table.
public let penalties: [@Sendable (PenaltyOptions) -> Penalty] = [
  Penalty.exponential,
  Penalty.quadratic,
  Penalty.cubic,
  Penalty.power,
  Penalty.none,
]

/// The names in the table's order.
public let penaltyNames = penalties.map { $0(PenaltyOptions()).name }

/// The penalty of this name, or `nil`.
public func penalty(named name: String, _ options: PenaltyOptions = .init()) -> Penalty? {
  penalties.lazy.map { $0(options) }.first { $0.name == name }
}
