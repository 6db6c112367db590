/// A form of the correlation penalty: the cost f(x) of a correlation of magnitude x = |c|, and f′(x).
///
/// Both are in Double, and are the ones that training uses and `train penalties` prints.
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

  /// A form of the penalty.
  public init(
    name: String, formula: String, gradientFormula: String,
    cost: @escaping @Sendable (Double) -> Double, gradient: @escaping @Sendable (Double) -> Double
  ) {
    self.name = name
    self.formula = formula
    self.gradientFormula = gradientFormula
    self.cost = cost
    self.gradient = gradient
  }
}

/// What a config says about the form of its penalty besides the name. A form takes what it needs.
public struct PenaltyOptions: Sendable, Equatable {
  /// The largest |c| that the exponential form sees; infinite for none.
  public var clamp: Double
  /// The exponent of the form `power`.
  public var power: Double

  /// Options; those of a plain form where nothing is said.
  public init(clamp: Double = .infinity, power: Double = 4) {
    self.clamp = clamp
    self.power = power
  }
}
