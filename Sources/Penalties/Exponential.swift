import Foundation

extension Penalty {
  /// −ln(1 − min(x, clamp)). Its gradient 1/(1 − x) grows without bound towards x = 1; above the clamp
  /// it is zero: a dead zone, in which an exact copy is no longer pushed away.
  @Sendable public static func exponential(_ options: PenaltyOptions) -> Penalty {
    let clamp = options.clamp
    return Penalty(
      name: "exponential", formula: "-ln(1 - min(x, clamp))", gradientFormula: "1/(1 - x)",
      cost: { -log1p(-min($0, clamp)) },
      gradient: { $0 > clamp ? 0 : 1 / (1 - $0) })
  }
}
