extension Penalty {
  /// x²: its gradient 2x is at most 2.
  @Sendable public static func quadratic(_: PenaltyOptions) -> Penalty {
    Penalty(
      name: "quadratic", formula: "x²", gradientFormula: "2x", cost: { $0 * $0 },
      gradient: { 2 * $0 })
  }
}
