/// A form of the correlation penalty: the cost f(x) of a correlation of magnitude x = |c|, and f′(x).
///
/// Both are in Double, and are the ones that training uses and `train penalties` prints. Every form is
/// made with the clamp of the config; a form without a clamp does not look at it.
public struct Penalty: Sendable {
  /// The name in configs.
  public let name: String
  /// f in words, as in `x²`.
  public let formula: String
  /// f′ in words.
  public let gradientFormula: String
  /// f(x) for 0 ≤ x ≤ 1.
  public let cost: @Sendable (Double) -> Double
  /// f′(x).
  public let gradient: @Sendable (Double) -> Double
}

/// The penalties there are: a new one is a file like its neighbours and a line here (and its name in
/// the contract's parameter table).
public let penalties: [@Sendable (_ clamp: Double) -> Penalty] = [
  Penalty.exponential,
  Penalty.quadratic,
  Penalty.cubic,
]

/// No clamp: the plain form of every penalty.
public let noClamp = Double.infinity

/// The penalty of this name, or `nil`.
public func penalty(named name: String, clamp: Double) -> Penalty? {
  penalties.lazy.map { $0(clamp) }.first { $0.name == name }
}
