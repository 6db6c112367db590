/// A grid of characters with 2 × 4 dots each (Unicode's braille patterns), and for each character the
/// curve that drew there first.
struct BrailleCanvas {
  let columns: Int
  let rows: Int
  private var patterns: [UInt32]
  private var owners: [Int?]

  /// An empty canvas.
  init(columns: Int, rows: Int) {
    self.columns = columns
    self.rows = rows
    patterns = .init(repeating: 0, count: columns * rows)
    owners = .init(repeating: nil, count: columns * rows)
  }

  /// Draws from one place to another, given as shares of width and height from the lower left.
  /// Dots outside are left out; of a dashed line every second pair.
  mutating func draw(from start: Point, to end: Point, owner: Int, isDashed: Bool) {
    let (x0, y0) = dot(start)
    let (x1, y1) = dot(end)
    let steps = max(abs(x1 - x0), abs(y1 - y0), 1)
    for step in 0...steps {
      let share = Double(step) / Double(steps)
      let x = x0 + Int((Double(x1 - x0) * share).rounded())
      let y = y0 + Int((Double(y1 - y0) * share).rounded())
      if isDashed, (x + y) / 2 % 2 == 1 { continue }
      set(x, y, owner: owner)
    }
  }

  /// The character of a cell and the curve it belongs to; `nil` where nothing was drawn.
  func cell(_ column: Int, _ row: Int) -> (text: String, owner: Int)? {
    let index = row * columns + column
    guard let owner = owners[index], let scalar = Unicode.Scalar(0x2800 + patterns[index]) else {
      return nil
    }
    return (String(scalar), owner)
  }

  private func dot(_ place: Point) -> (Int, Int) {
    (
      Int((place.x * Double(2 * columns - 1)).rounded()),
      Int(((1 - place.y) * Double(4 * rows - 1)).rounded())
    )
  }

  private mutating func set(_ x: Int, _ y: Int, owner: Int) {
    guard (0..<2 * columns).contains(x), (0..<4 * rows).contains(y) else { return }
    let index = y / 4 * columns + x / 2
    patterns[index] |= Self.bits[y % 4][x % 2]
    if owners[index] == nil { owners[index] = owner }
  }

  /// The bit of each dot, row by row.
  private static let bits: [[UInt32]] = [
    [0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80],
  ]
}
