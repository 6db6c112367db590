/// Rows of text as a table: the first row is the header; columns two spaces apart, every column but
/// one of words aligned right.
public func alignedTable(_ rows: [[String]], wordColumns: Set<Int> = []) -> String {
  let columns = rows.map(\.count).max() ?? 0
  let widths = (0..<columns).map { column in
    rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
  }
  return rows.map { alignedRow($0, widths: widths, wordColumns: wordColumns) }
    .joined(separator: "\n")
}

/// One row of a table whose widths are known before its content, as while a run goes on.
public func alignedRow(_ cells: [String], widths: [Int], wordColumns: Set<Int> = []) -> String {
  let padded = zip(cells, widths).enumerated().map { column, cell in
    let space = String(repeating: " ", count: max(0, cell.1 - cell.0.count))
    return wordColumns.contains(column) ? cell.0 + space : space + cell.0
  }
  var line = padded.joined(separator: "  ")
  while line.last == " " { line.removeLast() }
  return line
}
