/// A place in the quantities of a panel's axes.
public struct Point: Sendable, Equatable {
  public let x: Double
  public let y: Double

  /// A place.
  public init(_ x: Double, _ y: Double) {
    self.x = x
    self.y = y
  }
}

/// A line through points, labelled directly at its end.
public struct Curve: Sendable {
  /// What it shows; empty for a curve that the panel's title explains.
  public var label: String
  /// The points from left to right. Those that have no place on the axes interrupt the line.
  public var points: [Point]
  /// The number of its colour in the palette.
  public var hue: Int
  /// Whether it is drawn dashed.
  public var isDashed: Bool
  /// Points that are marked with a dot.
  public var dots: [Point]

  /// A curve.
  public init(
    _ label: String, _ points: [Point], hue: Int, isDashed: Bool = false, dots: [Point] = []
  ) {
    self.label = label
    self.points = points
    self.hue = hue
    self.isDashed = isDashed
    self.dots = dots
  }
}

/// A filled area between a lower and an upper value at each x.
public struct Area: Sendable {
  public var points: [(x: Double, low: Double, high: Double)]
  /// The number of its colour in the palette.
  public var hue: Int

  /// An area.
  public init(_ points: [(x: Double, low: Double, high: Double)], hue: Int) {
    self.points = points
    self.hue = hue
  }
}

/// A range of x that is shaded over the whole height, with a name.
public struct Band: Sendable {
  public var range: ClosedRange<Double>
  public var label: String

  /// A band.
  public init(_ range: ClosedRange<Double>, _ label: String) {
    self.range = range
    self.label = label
  }
}

/// One plot: what both renderings, SVG and terminal, are made of.
public struct Panel: Sendable {
  public var title: String
  public var x: Axis
  public var y: Axis
  public var areas: [Area] = []
  public var curves: [Curve] = []
  public var bands: [Band] = []

  /// A panel without content.
  public init(_ title: String, x: Axis, y: Axis) {
    self.title = title
    self.x = x
    self.y = y
  }
}

extension Panel {
  /// Where a curve's label belongs: its last point within the panel, as shares of width and height.
  func end(of curve: Curve) -> Point? {
    let inside = 0.0...1.0
    return curve.points.reversed().lazy.compactMap { place($0) }
      .first { inside.contains($0.x) && inside.contains($0.y) }
  }

  /// The middle of the largest stretch of a band's height that no curve crosses: the place of its name.
  func emptiestHeight(of band: Band) -> Double {
    let crossed = curves.flatMap(\.points).filter { band.range.contains($0.x) }
      .compactMap(place).map(\.y).filter { (0...1).contains($0) }
    let stops = [0] + crossed.sorted() + [1]
    let gaps = zip(stops, stops.dropFirst())
    return gaps.max { $0.1 - $0.0 < $1.1 - $1.0 }.map { ($0.0 + $0.1) / 2 } ?? 0.5
  }

  /// A point as shares of the panel's width and height, from the lower left.
  func place(_ point: Point) -> Point? {
    guard let x = x.position(point.x), let y = y.position(point.y) else { return nil }
    return Point(x, y)
  }
}
