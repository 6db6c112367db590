import Foundation
import RunContract

/// One cell: a text and the meaning that colours it.
public struct Cell: Sendable, ExpressibleByStringLiteral {
  public var text: String
  public var role: Role?

  /// A cell.
  public init(_ text: String, _ role: Role? = nil) {
    self.text = printable(text)
    self.role = role
  }
  public init(stringLiteral value: String) { self.init(value) }
}

/// A column's heading and how it is laid out.
public struct Column: Sendable {
  public var title: String
  public var isNumber: Bool
  /// Whether the column may be cut where the terminal is too narrow.
  public var mayShrink: Bool
  /// Columns of a rank above 0 give way where the terminal is too narrow, the highest first.
  public var rank: Int

  /// A column; numbers stand on the right.
  public init(_ title: String, number: Bool = false, mayShrink: Bool = false, rank: Int = 0) {
    self.title = printable(title)
    isNumber = number
    self.mayShrink = mayShrink
    self.rank = rank
  }
}

/// A table for people, laid out to the columns of the terminal.
public struct Table: Sendable {
  public var columns: [Column]
  public var rows: [[Cell]] = []
  /// Whether the headings are printed.
  public var hasHeader = true

  /// A table without rows.
  public init(_ columns: [Column]) { self.columns = columns }

  /// The lines of the table, coloured in a style and no wider than `width` as far as columns may
  /// shrink.
  public func lines(style: Style, width: Int?) -> [String] {
    var widths = self.widths
    if let width { shrink(&widths, to: width) }
    let header = hasHeader ? [line(columns.map { Cell($0.title, .faint) }, widths, style)] : []
    return header + rows.map { line($0, widths, style) }
  }

  /// The table without the columns of a rank that a terminal of this width has no room for, and the titles
  /// of those.
  public func fitted(to width: Int) -> (table: Table, without: [String]) {
    var widths = self.widths
    var kept = Array(columns.indices)
    func isTooWide() -> Bool { kept.reduce(2 * (kept.count - 1)) { $0 + widths[$1] } > width }
    while isTooWide(), let first = kept.max(by: { columns[$0].rank < columns[$1].rank }),
      columns[first].rank > 0
    {
      kept.removeAll { $0 == first }
      widths[first] = 0
    }
    var table = Table(kept.map { columns[$0] })
    table.hasHeader = hasHeader
    table.rows = rows.map { row in kept.map { $0 < row.count ? row[$0] : "" } }
    return (table, columns.indices.filter { !kept.contains($0) }.map { columns[$0].title })
  }

  private var widths: [Int] {
    columns.indices.map { index in
      max(
        hasHeader ? displayWidth(columns[index].title) : 0,
        rows.map { displayWidth(text($0, index)) }.max() ?? 0)
    }
  }

  func text(_ row: [Cell], _ index: Int) -> String {
    index < row.count ? row[index].text : ""
  }

  private func shrink(_ widths: inout [Int], to width: Int) {
    let gaps = 2 * max(0, columns.count - 1)
    for index in columns.indices.reversed() where columns[index].mayShrink {
      let excess = widths.reduce(gaps, +) - width
      if excess > 0 { widths[index] = max(8, widths[index] - excess) }
    }
  }

  private func line(_ row: [Cell], _ widths: [Int], _ style: Style) -> String {
    var line = ""
    for (index, column) in columns.enumerated() {
      let text = truncated(text(row, index), to: widths[index])
      let role = index < row.count ? row[index].role : nil
      let padding = String(repeating: " ", count: widths[index] - displayWidth(text))
      let isLast = index == columns.count - 1
      line += column.isNumber ? padding + style(role, text) : style(role, text)
      if !isLast { line += (column.isNumber ? "" : padding) + "  " }
    }
    return line
  }
}

/// A number for people: four significant digits, a power of ten where it is very large or small.
public func short(_ value: Double?) -> String {
  guard let value else { return "–" }
  if value.isNaN { return "NaN" }
  if value.isInfinite { return value > 0 ? "Inf" : "-Inf" }
  if value == 0 { return "0" }
  let magnitude = abs(value)
  if magnitude >= 1e6 || magnitude < 1e-4 {
    return powerOfTen(value)
  }
  return canonicalNumber(value.rounded(significant: magnitude >= 1000 ? 6 : 4))
}

/// `4.3e7`: three significant digits and a power of ten.
private func powerOfTen(_ value: Double) -> String {
  let parts = String(format: "%.2e", value).split(separator: "e")
  guard parts.count == 2, let mantissa = Double(parts[0]), let power = Int(parts[1]) else {
    return "\(value)"
  }
  return "\(canonicalNumber(mantissa))e\(power)"
}

extension Double {
  fileprivate func rounded(significant digits: Int) -> Double {
    Double(String(format: "%.*e", digits - 1, self)) ?? self
  }
}

/// A span of time for people: `42s`, `3m05s`, `2h10m`, `3d04h`.
public func short(seconds: Double) -> String {
  let total = seconds.isFinite ? Int(min(max(seconds, 0), 1e12)) : 0
  func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
  if total < 60 { return "\(total)s" }
  if total < 3600 { return "\(total / 60)m\(two(total % 60))s" }
  if total < 86_400 { return "\(total / 3600)h\(two(total / 60 % 60))m" }
  return "\(total / 86_400)d\(two(total / 3600 % 24))h"
}
