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
