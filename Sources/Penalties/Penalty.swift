/// A form of the correlation penalty: the cost f(x) of a correlation of magnitude x = |c|, and f′(x).
///
/// Both are in Double, and are the ones that training uses and `train penalties` prints.
public struct Penalty: Sendable {
  /// The name in configs.
  public let name: String
  /// The options that this form uses, as in `clamp 0.95`; empty where it has none.
  public let detail: String
  /// f in words, as in `x²`.
  public let formula: String
  /// f′ in words.
  public let gradientFormula: String
  /// The x above which f is flat although a lower correlation would be better: from there on nothing
  /// pushes the output away from what it copies. `nil` where there is no such zone.
  public let deadAbove: Double?
  /// f(x) for 0 ≤ x ≤ 1.
  public let cost: @Sendable (Double) -> Double
  /// f′(x).
  public let gradient: @Sendable (Double) -> Double

  /// A form of the penalty.
  public init(
    name: String, detail: String = "", formula: String, gradientFormula: String,
    deadAbove: Double? = nil, cost: @escaping @Sendable (Double) -> Double,
    gradient: @escaping @Sendable (Double) -> Double
  ) {
    self.name = name
    self.detail = detail
    self.formula = formula
    self.gradientFormula = gradientFormula
    self.deadAbove = deadAbove
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

/// A number in a formula: 4, not 4.0.
func plain(_ value: Double) -> String {
  Int(exactly: value).map { "\($0)" } ?? "\(value)"
}
