import Penalties
import RunContract

/// Cost and gradient of every penalty at some correlations.
public struct PenaltyTable: Sendable {
  /// |c| of the rows that are printed where nobody asks for others: those of the note that the
  /// project began with.
  public static let standardCorrelations = [0, 0.5, 0.8, 0.9, 0.95, 0.99]

  /// A form with its options.
  public struct Column: Sendable {
    /// The member's name in JSON.
    public let key: String
    /// The form.
    public let form: Penalty
    /// Whether it costs nothing anywhere, so that a column of it would say nothing.
    let isZero: Bool
  }

  /// One penalty at one correlation.
  public struct Cell: Sendable, Equatable {
    /// f(|c|).
    public let cost: Double
    /// f′(|c|).
    public let gradient: Double
  }

  /// |c| of the rows.
  public let correlations: [Double]
  /// The forms in the order of their table, without a clamp; after each form on which the clamp
  /// leaves a mark the form with it.
  public let columns: [Column]
  /// A row for each correlation, a cell for each column.
  public let rows: [[Cell]]

  /// The table.
  /// - Parameters:
  ///   - correlations: |c| of the rows, 0…1.
  ///   - options: clamp and exponent of the forms that have one.
  public init(
    at correlations: [Double] = Self.standardCorrelations,
    options: PenaltyOptions = PenaltyOptions(clamp: 0.95)
  ) {
    var unclamped = options
    unclamped.clamp = .infinity
    let columns = penalties.flatMap { form -> [Column] in
      let (plain, clamped) = (form(unclamped), form(options))
      let first = Column(plain, key: plain.name)
      if clamped.deadAbove == plain.deadAbove { return [first] }
      return [first, Column(clamped, key: plain.name + "_clamped")]
    }
    self.columns = columns
    self.correlations = correlations
    rows = correlations.map { x in
      columns.map { Cell(cost: $0.form.cost(x), gradient: $0.form.gradient(x)) }
    }
  }

  /// The table as JSON, numbers in full: a member for each column with `cost` and `gradient`; with
  /// `dead_above` where there is a dead zone, and with `note_cost` or `note_gradient` where the note
  /// rounds otherwise.
  public var json: JSONValue {
    .array(
      zip(correlations, rows).map { x, cells in
        var members: [String: JSONValue] = ["correlation": .number(x)]
        for (column, cell) in zip(columns, cells) {
          members[column.key] = json(column, cell, at: x)
        }
        return .object(members)
      })
  }

  private func json(_ column: Column, _ cell: Cell, at x: Double) -> JSONValue {
    var members: [String: JSONValue] = [
      "cost": .number(cell.cost), "gradient": .number(cell.gradient),
    ]
    if let edge = column.form.deadAbove { members["dead_above"] = .number(edge) }
    for difference in roundedOtherwise
    where difference.column == column.key && difference.correlation == x {
      members["note_\(difference.quantity.rawValue)"] = .string(difference.published)
    }
    return .object(members)
  }
}

extension PenaltyTable.Column {
  fileprivate init(_ form: Penalty, key: String) {
    self.key = key
    self.form = form
    isZero = PenaltyTable.standardCorrelations.allSatisfy {
      form.cost($0) == 0 && form.gradient($0) == 0
    }
  }
}
