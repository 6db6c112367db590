import Figures
import Foundation
import Penalties

extension PenaltyTable {
  /// Cost and gradient over |c|: the same two panels in the terminal and as SVG. The gradient's axis
  /// is logarithmic, or 2 could not be told from 0 beside 100.
  public var panels: [Panel] {
    let magnitude = Axis("|c|", 0...1)
    var cost = Panel("Cost f(|c|)", x: magnitude, y: Axis("cost", 0...5))
    cost.curves = curves(formula: { $0.formula }, value: { $0.cost })
    var gradient = Panel(
      "Gradient f′(|c|)", x: magnitude,
      y: Axis("gradient, log scale", 0.1...200, scale: .logarithmic))
    gradient.curves = curves(formula: { $0.gradientFormula }, value: { $0.gradient })
    let zones = columns.compactMap(\.form.deadAbove).filter { $0 < 1 }
    let bands = Set(zones).sorted().map { Band($0...1, "dead zone") }
    (cost.bands, gradient.bands) = (bands, bands)
    return [cost, gradient]
  }

  /// The panels as one drawing.
  public var figure: Figure {
    Figure(
      title: "Correlation penalties: cost and gradient over |c|",
      description:
        "Left the cost, right the gradient of each penalty, from the functions that train. The "
        + "gradient of the exponential form grows without bound, those of the powers stay below "
        + "their exponents; above its clamp the exponential form's gradient is zero.",
      caption: caption, panels: panels, arrangement: .row)
  }

  private var caption: String {
    let rows = correlations.map { label($0) }.joined(separator: ", ")
    let clamped = columns.first { $0.form.deadAbove != nil }
    let zone = clamped.map {
      "  Dashed: \($0.form.name), \($0.form.detail); its gradient in the dead zone is 0."
    }
    return "Dots: |c| = \(rows)." + (zone ?? "")
  }

  /// One curve for each column that says something; a form and its clamped variant share a colour.
  private func curves(
    formula: (Penalty) -> String, value: (Penalty) -> @Sendable (Double) -> Double
  ) -> [Curve] {
    let shown = columns.filter { !$0.isZero }
    let names = shown.reduce(into: [String]()) { names, column in
      if !names.contains(column.form.name) { names.append(column.form.name) }
    }
    return shown.map { column in
      let form = column.form
      let isVariant = column.key != form.name
      let f = value(form)
      let end = f(1) == 0 ? ": 0" : ""
      return Curve(
        isVariant
          ? "\(form.name), \(form.detail)\(end)" : "\(form.name)  \(printed(formula(form)))",
        Self.samples.map { Point($0, f($0)) }, hue: names.firstIndex(of: form.name) ?? 0,
        isDashed: isVariant, dots: isVariant ? [] : correlations.map { Point($0, f($0)) })
    }
  }

  /// Dense where the exponential form is steep.
  private static let samples =
    (0..<90).map { Double($0) / 100 } + (0...200).map { 0.9 + Double($0) / 2000 }
}

/// A formula with the sign for minus that print uses.
private func printed(_ formula: String) -> String { formula.replacing("-", with: "−") }

extension PenaltyTable {
  /// Writes the drawing.
  /// - Throws: ``TrainFailure`` (usage) where `path` is there and no file, `FileError` where it cannot
  ///   be written.
  public func writeFigure(to path: String) throws {
    try OutputFile(path, flag: "--svg", kept: []).write(Data(figure.svg.utf8))
  }
}
