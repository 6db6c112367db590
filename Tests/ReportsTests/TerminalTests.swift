import Foundation
import RunContract
import Terminal
import Testing

@Suite struct Layout {
  @Test func columnsAlignWhateverTheAlphabet() {
    var table = Table([Column("NAME"), Column("LOSS", number: true), Column("NOTE")])
    table.rows = [["a", "0.5", "x"], ["混音", "12.25", "y"], [Cell("é🎵"), "1", "z"]]
    let lines = table.lines(style: .plain, width: nil)
    #expect(lines[0] == "NAME   LOSS  NOTE")
    #expect(lines[1] == "a       0.5  x")
    #expect(lines[2] == "混音  12.25  y")
    #expect(Set(lines.dropFirst().map { displayWidth($0) }).count == 1)
  }

  @Test func aNarrowTerminalCutsOnlyWhatMayShrink() {
    var table = Table([Column("RUN"), Column("REASON", mayShrink: true)])
    table.rows = [["quadratic-1", "a very long reason that nobody reads to its end"]]
    for line in table.lines(style: .plain, width: 40) { #expect(displayWidth(line) <= 40) }
    #expect(table.lines(style: .plain, width: 40)[1].hasPrefix("quadratic-1  a very"))
  }

  @Test func controlCharactersNeverReachTheTerminal() {
    #expect(printable("a\u{1B}[31mb") == "a\\u{1B}[31mb")
    #expect(printable("x\u{202E}y") == "x\\u{202E}y")
    #expect(printable("plain ü") == "plain ü")
  }

  @Test func colourFollowsTheUsersWish() {
    #expect(!Style(.auto, for: .output, environment: ["NO_COLOR": "1"]).isColored)
    #expect(!Style(.auto, for: .output, environment: ["TERM": "dumb"]).isColored)
    #expect(Style(.always, for: .output)(.bad, "x") == "\u{1B}[31mx\u{1B}[0m")
    #expect(Style(.never, for: .output)(.bad, "x") == "x")
  }

  static let numbers: [(Double?, String)] = [
    (nil, "–"), (0, "0"), (0.123456, "0.1235"), (12.3456, "12.35"), (1234.567, "1234.57"),
    (43_000_000, "4.3e7"), (0.00001234, "1.23e-5"), (.nan, "NaN"), (.infinity, "Inf"), (-2, "-2"),
  ]
  @Test(arguments: numbers) func aNumberIsShort(_ value: Double?, _ text: String) {
    #expect(short(value) == text)
  }

  static let spans: [(Double, String)] = [
    (0, "0s"), (59.9, "59s"), (65, "1m05s"), (7200, "2h00m"), (90_000, "1d01h"), (-3, "0s"),
    (.infinity, "0s"),
  ]
  @Test(arguments: spans) func aSpanIsShort(_ seconds: Double, _ text: String) {
    #expect(short(seconds: seconds) == text)
  }

  @Test func aBarIsAlwaysAsWide() {
    for tenth in -2...12 {
      #expect(displayWidth(progressBar(Double(tenth) / 10, width: 10)) == 10)
    }
    #expect(progressBar(.nan, width: 4) == "░░░░")
  }
}

@Suite struct WideTables {
  @Test func columnsOfLessWeightGiveWay() {
    var table = Table([
      Column("NAME"), Column("FIRST", rank: 2), Column("SECOND", rank: 1), Column("LAST"),
    ])
    table.rows = [["a", "b", "c", "d"]]
    #expect(table.fitted(to: 100).without.isEmpty)
    let fitted = table.fitted(to: 20)
    #expect(fitted.without == ["FIRST"])
    #expect(
      fitted.table.lines(style: .plain, width: 20) == ["NAME  SECOND  LAST", "a     c       d"])
    #expect(table.fitted(to: 1).without == ["FIRST", "SECOND"])
  }

  @Test func markdownKeepsCellsApart() {
    var table = Table([Column("corr_weight", number: true), Column("a|b")])
    table.rows = [["0.5 [0.4, 0.6]", "*x* [y](z) _u_"], ["1"]]
    #expect(
      table.markdown == [
        "| corr_weight | a\\|b |", "| ---: | --- |",
        "| 0.5 [0.4, 0.6] | \\*x\\* \\[y\\](z) \\_u\\_ |", "| 1 |  |",
      ])
  }

  @Test func curvesAreDrawnOnTheirOwnScale() {
    #expect(sparkline([], width: 8) == "")
    #expect(sparkline([3], width: 8) == "▁")
    #expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7], width: 8) == "▁▂▃▄▅▆▇█")
    #expect(sparkline([1, .nan, 5, .infinity], width: 8) == "▁×█×")
    #expect(sparkline([.nan], width: 8) == "×")
    #expect(sparkline((0..<1000).map(Double.init), width: 8) == "▁▂▃▄▅▆▇█")
    #expect(sparkline([-1e308, 1e308], width: 2) == "▁█")
  }

  @Test func textsAreBrokenBetweenWords() {
    #expect(wrapped("one two three", to: 8, indent: 2) == ["one two", "  three"])
    #expect(wrapped("unbreakable a", to: 3) == ["unbreakable", "a"])
    #expect(wrapped("", to: 3).isEmpty)
  }
}
