import Foundation

extension Penalty {
  /// −ln(1 − min(x, clamp)). Its gradient 1/(1 − x) grows without bound towards x = 1; above the clamp
  /// it is zero: a dead zone, in which an exact copy is no longer pushed away.
  @Sendable public static func exponential(_ options: PenaltyOptions) -> Penalty {
    let clamp = options.clamp
    let isClamped = clamp < 1
    return Penalty(
      name: "exponential", detail: isClamped ? "clamp \(plain(clamp))" : "no clamp",
      formula: isClamped ? "-ln(1 - min(x, \(plain(clamp))))" : "-ln(1 - x)",
      gradientFormula: isClamped ? "1/(1 - x), 0 above \(plain(clamp))" : "1/(1 - x)",
      deadAbove: isClamped ? clamp : nil,
      cost: { -log1p(-min($0, clamp)) },
      gradient: { $0 > clamp ? 0 : 1 / (1 - $0) })
  }
}
