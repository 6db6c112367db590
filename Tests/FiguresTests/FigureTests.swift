import Figures
import Foundation
#if canImport(FoundationXML)
  import FoundationXML
#endif
import Testing

@Suite struct FigureTests {
  private func panel(_ title: String = "title") -> Panel {
    var panel = Panel(
      title, x: Axis("x", 0...1), y: Axis("y", 0.1...100, scale: .logarithmic))
    panel.curves = [
      Curve("one", [Point(0, 1), Point(1, 50)], hue: 0, dots: [Point(0, 0), Point(1, 50)]),
      Curve("two", [Point(0, 2), Point(1, 49)], hue: 1, isDashed: true),
    ]
    panel.bands = [Band(0.9...1, "band")]
    panel.areas = [Area([(0, 0.2, 0.4), (1, 0.3, 0.5)], hue: 2)]
    return panel
  }

  private func svg(_ panels: [Panel], _ arrangement: Figure.Arrangement = .row) -> String {
    Figure(title: "a < b", description: "d", caption: "c", panels: panels, arrangement: arrangement)
      .svg
  }

  /// The attribute's values of all elements of a name, as a reader of XML finds them.
  private func values(_ svg: String, _ element: String, _ attribute: String) throws -> [String] {
    let reader = Elements(element, attribute)
    let parser = XMLParser(data: Data(svg.utf8))
    parser.delegate = reader
    #expect(parser.parse(), "no XML: \(parser.parserError.map { "\($0)" } ?? "")")
    return reader.found
  }

  @Test func axesPlaceValues() {
    let even = Axis("", 0...10)
    #expect(even.position(5) == 0.5 && even.position(.nan) == nil)
    #expect(even.ticks == [0, 2, 4, 6, 8, 10])
    let decades = Axis("", 0.1...100, scale: .logarithmic)
    #expect(decades.position(0) == 0 && decades.position(-1) == nil)
    #expect(abs((decades.position(10) ?? 0) - 2.0 / 3) < 1e-12)
    #expect(decades.position(.infinity) == 2 && decades.position(1e-30) == -1)
    #expect(
      decades.ticks.map(label) == ["0.1", "0.2", "0.5", "1", "2", "5", "10", "20", "50", "100"])
    let wide = Axis("", 1e-6...1e3, scale: .logarithmic)
    #expect(wide.ticks.count == 10)
  }

  @Test(arguments: [0.0...0.3, -0.07...0.07, 0...300, 5...5, 1e-9...2e-9, -1e12...3e12])
  func everyAxisHasAFewTicksWithinItsRange(range: ClosedRange<Double>) {
    let axis = Axis("", range)
    #expect((2...8).contains(axis.ticks.count), "\(axis.ticks)")
    #expect(Set(axis.ticks.map(label)).count == axis.ticks.count)
    for tick in axis.ticks {
      let place = axis.position(tick) ?? -1
      #expect(place > -1e-6 && place < 1 + 1e-6)
    }
  }

  @Test func labelsAreShort() {
    #expect([0.1 + 0.2, 3, -0.5, 0, 1e7].map(label) == ["0.3", "3", "−0.5", "0", "1e+07"])
  }

  @Test(arguments: [Figure.Arrangement.row, .stack])
  func theDocumentIsXMLThatFollowsTheReader(arrangement: Figure.Arrangement) throws {
    let svg = svg([panel(), panel()], arrangement)
    #expect(try values(svg, "clipPath", "id") == ["panel0", "panel1"])
    #expect(svg.contains("prefers-color-scheme:dark"))
    // A dot at zero has no place on a logarithmic axis.
    #expect(try values(svg, "circle", "cx").count == 2)
    let view = try #require(try values(svg, "svg", "viewBox").first).split(separator: " ")
    let (width, height) = (try #require(Double(view[2])), try #require(Double(view[3])))
    for (attribute, limit) in [("x", width), ("y", height)] {
      for value in try values(svg, "text", attribute) {
        #expect((0...limit).contains(Double(value) ?? -1), "\(attribute)=\(value)")
      }
    }
  }

  @Test func namesAreEscaped() throws {
    let hostile = "</text><script>\"'&\u{1}\u{7f}"
    var panel = panel(hostile)
    panel.curves[0].label = hostile
    panel.bands[0].label = hostile
    let svg = svg([panel])
    #expect(!svg.contains("<script"))
    #expect(try values(svg, "script", "x").isEmpty)
    #expect(svg.contains("&lt;script&gt;"))
  }

  @Test func labelsKeepApart() throws {
    var panel = panel()
    panel.areas = []
    panel.curves = (0..<8).map { Curve("\($0)", [Point(0, 1), Point(1, 1)], hue: $0) }
    let named = try values(svg([panel]), "polyline", "points")
      .compactMap { Double($0.split(separator: ",").last ?? "") }
    #expect(named.count == 8)
    for (upper, lower) in zip(named, named.dropFirst()) { #expect(lower - upper >= 17.9) }
  }

  @Test func placesWithoutNumbersInterruptALine() throws {
    var panel = panel()
    panel.curves = [
      Curve("", [Point(0, 1), Point(0.2, 2), Point(0.4, .nan), Point(0.6, 3), Point(1, 4)], hue: 0)
    ]
    let path = try #require(try values(svg([panel]), "path", "d").first)
    #expect(path.filter { $0 == "M" }.count == 2 && path.filter { $0 == "L" }.count == 2)
  }
}

/// Collects an attribute of all elements of a name.
private final class Elements: NSObject, XMLParserDelegate {
  var found: [String] = []
  private let name: String
  private let attribute: String

  init(_ name: String, _ attribute: String) {
    self.name = name
    self.attribute = attribute
  }

  func parser(
    _ parser: XMLParser, didStartElement elementName: String, namespaceURI: String?,
    qualifiedName: String?, attributes: [String: String]
  ) {
    if elementName == name, let value = attributes[attribute] { found.append(value) }
  }
}
