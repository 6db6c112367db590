/// A panel as lines of text.
public struct TerminalPlot: Sendable {
  private let panel: Panel
  private let columns: Int
  private let rows: Int
  private let labelWidth: Int

  /// The columns of the y axis' labels.
  private static let axisWidth = 7

  /// A plot that is `width` columns wide with its labels (those are cut where less than 24 columns
  /// would be left for curves), and `rows` lines high without title and axis.
  public init(_ panel: Panel, width: Int, rows: Int = 12) {
    self.panel = panel
    self.rows = max(4, rows)
    let longest = panel.curves.map(\.label.count).max() ?? 0
    let room = max(32, width) - Self.axisWidth - 2
    labelWidth = min(longest, max(0, room - 24))
    columns = room - labelWidth
  }

  /// The lines, the title first.
  /// - Parameter paint: colours a text that belongs to the curve of this hue.
  public func lines(paint: (Int, String) -> String = { $1 }) -> [String] {
    let canvas = canvas
    let names = labels
    let marks = yMarks
    let body = (0..<rows).map { row in
      let axis = padded(marks[row] ?? "", to: Self.axisWidth) + (marks[row] == nil ? "│" : "┤")
      let dots = (0..<columns).map { column in
        canvas.cell(column, row).map { paint(panel.curves[$0.owner].hue, $0.text) } ?? " "
      }
      let name = names[row].map { " " + paint($0.hue, String($0.label.prefix(labelWidth))) }
      return axis + dots.joined() + (name ?? "")
    }
    return [panel.title] + body.map(trimmed) + [axisLine, tickLine]
  }

  private var canvas: BrailleCanvas {
    var canvas = BrailleCanvas(columns: columns, rows: rows)
    for (number, curve) in panel.curves.enumerated() {
      let places = curve.points.map(panel.place)
      for case (let start?, let end?) in zip(places, places.dropFirst()) {
        canvas.draw(from: start, to: end, owner: number, isDashed: curve.isDashed)
      }
    }
    return canvas
  }

  /// The curve that is named in a row.
  private var labels: [Int: Curve] {
    let named = panel.curves.compactMap { curve in
      panel.end(of: curve).map { (curve, (1 - $0.y) * Double(rows - 1)) }
    }
    let places = spread(named.map(\.1), gap: 1, within: 0...Double(rows - 1))
    return Dictionary(
      zip(places, named).map { (min(max(Int($0.rounded()), 0), rows - 1), $1.0) },
      uniquingKeysWith: { a, _ in a })
  }

  private var yMarks: [Int: String] {
    let places = panel.y.ticks.compactMap { tick in
      panel.y.position(tick).map { (Int(((1 - $0) * Double(rows - 1)).rounded()), label(tick)) }
    }
    return Dictionary(places, uniquingKeysWith: { first, _ in first })
  }

  /// The x axis; what lies in a band is shaded.
  private var axisLine: String {
    let cells = (0..<columns).map { column -> String in
      let share = (Double(column) + 0.5) / Double(columns)
      let isShaded = panel.bands.contains { band in
        guard let from = panel.x.position(band.range.lowerBound),
          let to = panel.x.position(band.range.upperBound)
        else { return false }
        return (from...max(from, to)).contains(share)
      }
      if isShaded { return "▒" }
      return tickColumns.contains { $0.column == column } ? "┴" : "─"
    }
    return String(repeating: " ", count: Self.axisWidth) + "└" + cells.joined()
  }

  private var tickLine: String {
    var line = [Character](repeating: " ", count: Self.axisWidth + 1 + columns + 8)
    for tick in tickColumns {
      let start = Self.axisWidth + 1 + tick.column - (tick.label.count - 1) / 2
      for (offset, character) in tick.label.enumerated() where line.indices.contains(start + offset)
      {
        line[start + offset] = character
      }
    }
    return trimmed(String(line)) + "  " + panel.x.title
  }

  private var tickColumns: [(column: Int, label: String)] {
    panel.x.ticks.compactMap { tick in
      panel.x.position(tick).map { (Int(($0 * Double(columns - 1)).rounded()), label(tick)) }
    }
  }
}

private func padded(_ text: String, to width: Int) -> String {
  String(repeating: " ", count: max(0, width - 1 - text.count)) + text + " "
}

private func trimmed(_ line: String) -> String {
  var line = line
  while line.last == " " { line.removeLast() }
  return line
}
