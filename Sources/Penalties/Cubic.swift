extension Penalty {
  /// x³: its gradient 3x² is at most 3, and below the quadratic's where x < 2/3.
  @Sendable public static func cubic(_: PenaltyOptions) -> Penalty {
    Penalty(
      name: "cubic", formula: "x³", gradientFormula: "3x²", cost: { $0 * $0 * $0 },
      gradient: { 3 * $0 * $0 })
  }
}
