import Reports
import Testing

@Suite struct UnifiedDiffTests {
  @Test func equalTextsHaveNoDifference() {
    #expect(UnifiedDiff("a\nb\n", "a\nb\n", names: ("a", "b")).lines.isEmpty)
    #expect(UnifiedDiff("", "", names: ("a", "b")).lines.isEmpty)
  }

  /// As diff -u prints it.
  @Test func twoChangesFarApartAreTwoHunks() {
    let old = (1...20).map(String.init).joined(separator: "\n")
    let new = old.replacing("\n3\n", with: "\nthree\n").replacing("\n18\n", with: "\n18\nmore\n")
    #expect(
      UnifiedDiff(old, new, names: ("old", "new")).lines == [
        "--- old", "+++ new", "@@ -1,6 +1,6 @@", " 1", " 2", "-3", "+three", " 4", " 5", " 6",
        "@@ -16,5 +16,6 @@", " 16", " 17", " 18", "+more", " 19", " 20",
      ])
  }

  @Test func aSideWithoutLinesIsNamedByTheLineBefore() {
    #expect(
      UnifiedDiff("a\nb", "a\nx\nb", names: ("o", "n"), context: 0).lines
        == ["--- o", "+++ n", "@@ -1,0 +2,1 @@", "+x"])
  }

  /// What the hunks say stands in either text where they say it, and the rest is the same.
  @Test(arguments: 0..<40)
  func hunksLeadFromOneTextToTheOther(seed: UInt64) throws {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    func draw(_ count: Int) -> Int {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return Int(state % UInt64(count))
    }
    let old = (0..<draw(40) + 1).map { _ in "\(draw(6))" }
    var new = old
    for _ in 0..<draw(8) {
      if draw(2) == 0 { new.insert("\(draw(6))", at: draw(new.count + 1)) }
      if draw(2) == 0, !new.isEmpty { new.remove(at: draw(new.count)) }
    }
    let lines = UnifiedDiff(
      old.joined(separator: "\n"), new.joined(separator: "\n"), names: ("o", "n"),
      context: draw(4)
    ).lines
    var patched: [String] = []
    var place = 0
    for line in lines.dropFirst(2) {
      if line.hasPrefix("@@") {
        let numbers = line.split(whereSeparator: { !$0.isNumber }).compactMap { Int($0) }
        let start = numbers[1] == 0 ? numbers[0] : numbers[0] - 1
        patched += old[place..<start]
        place = start
        #expect(patched.count == (numbers[3] == 0 ? numbers[2] : numbers[2] - 1))
        continue
      }
      let text = String(line.dropFirst())
      if line.first != "+" {
        #expect(old[place] == text)
        place += 1
      }
      if line.first != "-" { patched.append(text) }
    }
    // A text without lines is one empty line, as everywhere.
    #expect(patched + old[place...] == (new.isEmpty ? [""] : new))
  }
}
