import Foundation

extension Penalty {
  /// xᵖ with any exponent p ≥ 1: its gradient p·xᵖ⁻¹ is at most p.
  @Sendable public static func power(_ options: PenaltyOptions) -> Penalty {
    let p = options.power
    return Penalty(
      name: "power", detail: "exponent \(plain(p))", formula: "x" + raised(p),
      gradientFormula: plain(p) + "x" + raised(p - 1), cost: { pow($0, p) },
      gradient: { p * pow($0, p - 1) })
  }
}

/// An exponent as superscript where it is a whole number, as in x⁴; otherwise as in x^2.5.
private func raised(_ exponent: Double) -> String {
  guard let whole = Int(exactly: exponent), whole >= 0 else { return "^" + plain(exponent) }
  let digits = Array("⁰¹²³⁴⁵⁶⁷⁸⁹")
  return whole == 1 ? "" : String("\(whole)".compactMap { $0.wholeNumberValue.map { digits[$0] } })
}
