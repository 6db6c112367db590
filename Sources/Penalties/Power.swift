import Foundation

extension Penalty {
  /// xᵖ with any exponent p ≥ 1: its gradient p·xᵖ⁻¹ is at most p.
  @Sendable public static func power(_ options: PenaltyOptions) -> Penalty {
    let p = options.power
    return Penalty(
      name: "power", formula: "x^p", gradientFormula: "p·x^(p-1)", cost: { pow($0, p) },
      gradient: { p * pow($0, p - 1) })
  }
}
