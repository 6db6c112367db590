import Foundation

/// The numbers of the note that the project began with, digit for digit.
private let published: [(column: String, rows: [(x: Double, cost: String, gradient: String)])] = [
  (
    "exponential",
    [
      (0, "0.00", "1.0"), (0.5, "0.69", "2.0"), (0.8, "1.61", "5.0"), (0.9, "2.30", "10.0"),
      (0.95, "3.00", "20.0"), (0.99, "4.60", "100.0"),
    ]
  ),
  (
    "quadratic",
    [
      (0, "0.00", "0.0"), (0.5, "0.25", "1.0"), (0.8, "0.64", "1.6"), (0.9, "0.81", "1.8"),
      (0.95, "0.90", "1.9"), (0.99, "0.98", "2.0"),
    ]
  ),
]

/// A number that the note rounds otherwise than to its two nearest decimals.
struct RoundedOtherwise: Equatable {
  enum Quantity: String { case cost, gradient }

  let column: String
  let correlation: Double
  let quantity: Quantity
  /// What the note prints.
  let published: String
  /// What the function gives.
  let exact: Double

  /// "4.60 for the exponential cost at 0.99, which is 4.6052".
  var text: String {
    "\(published) for the \(column) \(quantity.rawValue) at \(fixed(correlation, 2)), "
      + "which is \(String(format: "%.5g", exact))"
  }
}

extension PenaltyTable {
  /// The numbers of this table that the note rounds otherwise.
  var roundedOtherwise: [RoundedOtherwise] {
    columns.indices.flatMap { index -> [RoundedOtherwise] in
      let key = columns[index].key
      let known = published.first { $0.column == key }?.rows ?? []
      return zip(correlations, rows).flatMap { x, cells -> [RoundedOtherwise] in
        guard let row = known.first(where: { $0.x == x }) else { return [] }
        let cell = cells[index]
        return [
          RoundedOtherwise(
            column: key, correlation: x, quantity: .cost, published: row.cost, exact: cell.cost),
          RoundedOtherwise(
            column: key, correlation: x, quantity: .gradient, published: row.gradient,
            exact: cell.gradient),
        ].filter { Double($0.published) != Double(fixed($0.exact, 2)) }
      }
    }
  }
}

/// A number with so many decimals.
func fixed(_ value: Double, _ digits: Int) -> String {
  String(format: "%.\(digits)f", value)
}
