import Foundation
import Penalties
import RunContract

/// Cost and gradient of every penalty at the correlations of the seed's table, without a clamp.
public struct PenaltyTable: Sendable {
  /// |c| of the rows.
  public static let correlations = [0, 0.5, 0.8, 0.9, 0.95, 0.99]

  /// One penalty at one correlation.
  public struct Cell: Sendable, Equatable {
    /// f(|c|).
    public let cost: Double
    /// f′(|c|).
    public let gradient: Double
  }

  /// The penalties, in the order of their table.
  public let forms: [Penalty]
  /// A row for each correlation, a cell for each penalty.
  public let rows: [[Cell]]

  /// The table.
  public init() {
    let forms = penalties.map { $0(PenaltyOptions()) }
    self.forms = forms
    rows = Self.correlations.map { x in
      forms.map { Cell(cost: $0.cost(x), gradient: $0.gradient(x)) }
    }
  }

  /// The table as text.
  public var text: String {
    let header = ["|c|"] + forms.flatMap { ["\($0.name) cost", "gradient"] }
    let body = zip(Self.correlations, rows).map { x, cells in
      [fixed(x, 2)] + cells.flatMap { [fixed($0.cost, 2), fixed($0.gradient, 2)] }
    }
    let forms = forms.map { "  \($0.name): f(x) = \($0.formula), f'(x) = \($0.gradientFormula)" }
    return ([alignedTable([header] + body), "", "x = |c|, no clamp"] + forms + ["", Self.note])
      .joined(separator: "\n")
  }

  /// The table as JSON, numbers in full.
  public var json: JSONValue {
    .array(
      zip(Self.correlations, rows).map { x, cells in
        var members: [String: JSONValue] = ["correlation": .number(x)]
        for (form, cell) in zip(forms, cells) {
          members[form.name] = .object([
            "cost": .number(cell.cost), "gradient": .number(cell.gradient),
          ])
        }
        return .object(members)
      })
  }

  private static let note = """
    The note that this table comes from rounds two of these numbers otherwise: 4.60 for the
    exponential cost at 0.99 (it is 4.605, so 4.61 here), and 2.0 for the quadratic gradient at 0.99
    (1.98). With a clamp the exponential's cost stays at its value there, and its gradient above the
    clamp is 0.
    """
}

private func fixed(_ value: Double, _ digits: Int) -> String {
  String(format: "%.\(digits)f", value)
}
