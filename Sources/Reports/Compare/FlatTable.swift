import Exports
import RunContract

/// A comparison as other programs take it: one value a column, numbers unrounded.
public struct FlatTable: Sendable {
  public let columns: [String]
  /// `nil` where a row has no such value.
  public let rows: [[ParameterValue?]]

  init(_ rows: [[(name: String, value: ParameterValue?)]]) {
    self.init(columns: rows.first?.map(\.name) ?? [], rows: rows.map { $0.map(\.value) })
  }

  private init(columns: [String], rows: [[ParameterValue?]]) {
    self.columns = columns
    self.rows = rows
  }

  /// The table with further columns on the right.
  func with(_ further: [[(name: String, value: ParameterValue?)]]) -> FlatTable {
    let other = FlatTable(further)
    return FlatTable(
      columns: columns + other.columns, rows: zip(rows, other.rows).map { $0 + $1 })
  }

  /// The lines of a CSV file, headings first, as ``Exports`` writes cells.
  public var csv: [String] {
    ([columns.map { CSVField.text($0) }]
      + rows.map { $0.map { $0.map(CSVField.value) ?? "" } })
      .map { $0.joined(separator: ",") }
  }

  /// The order of the rows by a column, the best known first: numbers before texts, what has no value or is
  /// no number last, equals as they were.
  /// - Parameter name: A column; a parameter may be named without `params.`.
  /// - Throws: ``SortError`` where there is no such column.
  func order(by name: String, descending: Bool) throws(SortError) -> [Int] {
    let full = columns.contains(name) ? name : "params.\(name)"
    guard let column = columns.firstIndex(of: full) else {
      throw SortError(column: name, columns: columns)
    }
    let keys = rows.map { SortKey($0[column]) }
    return rows.indices.sorted { left, right in
      let (a, b) = (keys[left], keys[right])
      if a.rank != b.rank { return a.rank < b.rank }
      if a == b { return left < right }
      return descending ? b < a : a < b
    }
  }
}

/// A column that is not there.
public struct SortError: Error, CustomStringConvertible {
  let column: String
  let columns: [String]

  public var description: String {
    "no column \(printable(column))\(didYouMean(column, in: columns)); "
      + "there are \(columns.joined(separator: ", "))"
  }
}

/// How values of all kinds follow one another.
struct SortKey: Comparable {
  private let number: Double
  private let text: String
  /// Numbers, texts, no numbers.
  let rank: Int

  init(_ value: ParameterValue?) {
    switch value {
    case .number(let value) where !value.isNaN: (number, text, rank) = (value, "", 0)
    case .bool(let value): (number, text, rank) = (value ? 1 : 0, "", 0)
    case .string(let value): (number, text, rank) = (0, value, 1)
    case .number, nil: (number, text, rank) = (0, "", 2)
    }
  }

  static func < (left: Self, right: Self) -> Bool {
    (left.rank, left.number, left.text) < (right.rank, right.number, right.text)
  }
}

extension ParameterValue {
  /// A count.
  init(_ count: Int) { self = .number(Double(count)) }
}

extension Optional<ParameterValue> {
  /// A number that may not be known.
  init(_ number: Double?) { self = number.map { .number($0) } }
  /// A count that may not be known.
  init(_ count: Int?) { self = count.map { .number(Double($0)) } }
}

/// Whether all values that are known are numbers, which a table puts on the right.
func areNumbers(_ values: [ParameterValue?]) -> Bool {
  values.allSatisfy {
    switch $0 {
    case .number, nil: true
    case .bool, .string: false
    }
  }
}
