extension Penalty {
  /// No penalty: what the mixer does when nothing keeps it from copying.
  @Sendable public static func none(_: PenaltyOptions) -> Penalty {
    Penalty(
      name: "none", formula: "0", gradientFormula: "0", cost: { _ in 0 }, gradient: { _ in 0 })
  }
}
