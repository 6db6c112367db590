import Figures
import Testing

@Suite struct TerminalPlotTests {
  private var panel: Panel {
    var panel = Panel("title", x: Axis("x", 0...1), y: Axis("y", 0...1))
    panel.curves = [
      Curve("rising", [Point(0, 0), Point(1, 1)], hue: 0),
      Curve("level", [Point(0, 0.5), Point(1, 0.5)], hue: 1, isDashed: true),
    ]
    panel.bands = [Band(0.9...1, "band")]
    return panel
  }

  @Test(arguments: [10, 40, 80, 132]) func linesKeepToTheWidth(width: Int) {
    let lines = TerminalPlot(panel, width: width).lines()
    #expect(lines.count == 1 + 12 + 2)
    for line in lines.dropLast() { #expect(line.count <= max(32, width), "\(line)") }
  }

  @Test func curvesAreWhereTheyBelong() throws {
    let lines = TerminalPlot(panel, width: 60).lines()
    #expect(lines[1].hasSuffix("rising") && lines[1].contains("1 ┤"))
    #expect(lines.contains { $0.hasSuffix("level") })
    let bottom = Array(lines[12])
    #expect(bottom[7] == "┤" && ("\u{2801}"..."\u{28FF}").contains(bottom[8]))
    #expect(lines[13].hasSuffix("▒▒▒▒▒"))
  }

  @Test func colourIsTheCallers() {
    let lines = TerminalPlot(panel, width: 60).lines { "<\($0)\($1)>" }
    #expect(lines[1].contains("<0rising>"))
    #expect(lines.contains { $0.contains("<1level>") })
  }
}
