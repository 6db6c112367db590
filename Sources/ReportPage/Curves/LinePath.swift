/// The path of a line in a drawing that is 1000 wide and 2400 high, in whole numbers: as wide as the page
/// makes it and 240 pixels high.
struct LinePath {
  static let width = 1000
  static let height = 2400

  private(set) var data = ""
  /// Points that no line leads to or from, to be drawn as dots.
  private(set) var dots = ""
  private var last: (x: Int, y: Int)?
  private var isAlone = false

  /// Goes on to a point; where the place is `nil` the line is interrupted.
  mutating func go(x: Double, place: Double?) {
    guard let place else { return lift() }
    let point = (x: Self.x(x), y: Self.y(place))
    if let last {
      if point.x == last.x, point.y == last.y { return }
      data += isAlone ? "l" : point.x < last.x ? "" : " "
      data += Self.pair(point.x - last.x, point.y - last.y)
      isAlone = false
    } else {
      start = data.endIndex
      data += "M\(Self.pair(point.x, point.y))"
      isAlone = true
    }
    last = point
  }

  private var start = "".startIndex

  /// Ends the line.
  mutating func lift() {
    if isAlone, let last {
      dots += "M\(last.x) \(last.y)h0"
      data.removeSubrange(start...)
    }
    (last, isAlone) = (nil, false)
  }

  static func x(_ share: Double) -> Int { Int((share * Double(width)).rounded()) }

  static func y(_ place: Double) -> Int { Int(((1 - place) * Double(height)).rounded()) }

  /// Two numbers; a minus separates them too.
  static func pair(_ x: Int, _ y: Int) -> String { y < 0 ? "\(x)\(y)" : "\(x) \(y)" }
}
