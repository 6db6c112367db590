import Foundation
import ReportPage
import RunContract
import Testing

@Suite("Hostile names in a report")
struct EscapingTests {
  static let hostile = [
    "</script><script>alert(1)</script>", "<!--<script>", "\"><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)", "]]>", "&lt;b&gt;", "\u{202E}gnp.exe\u{2066}", "a\u{0}b\u{1B}[31m",
    "\u{2028}\u{2029}\u{FFFE}\u{200F}", "\\\"\\u0022;alert(1)//", "${alert(1)}`", "{{x}}", "\r\n\t",
  ]

  @Test("stand as text in every field", arguments: hostile)
  func everyField(name: String) throws {
    let page = reportPage(Samples.hostile(name))
    let reading = try PageReading(page)
    #expect(reading.fault == nil)
    let plain = try PageReading(reportPage(Samples.hostile("plain")))
    // The same elements with the same attributes: no name has made one.
    #expect(reading.elements.map(\.name) == plain.elements.map(\.name))
    for (a, b) in zip(reading.elements, plain.elements) {
      #expect(Set(a.attributes.keys) == Set(b.attributes.keys))
    }
    let text = String(decoding: page, as: UTF8.self)
    #expect(text.components(separatedBy: "</script").count == 3)
    #expect(!text.unicodeScalars.contains { $0.isControl && $0 != "\n" })
  }

  @Test("stand in the script's data as they are read")
  func data() throws {
    for name in Self.hostile where !name.unicodeScalars.contains(where: \.isControl) {
      let text = String(decoding: reportPage(Samples.hostile(name)), as: UTF8.self)
      let start = try #require(text.range(of: "id=\"data\">"))
      let end = try #require(text[start.upperBound...].range(of: "</script>"))
      let json = try JSONValue(parsing: String(text[start.upperBound..<end.lowerBound]))
      guard case .object(let members) = json, case .array(let groups)? = members["groups"] else {
        Issue.record("no groups in the data")
        return
      }
      #expect(groups.first == .string(name))
    }
  }
}
