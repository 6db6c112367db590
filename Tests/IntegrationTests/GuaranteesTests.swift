import Foundation
import TestSupport
import Testing

/// The table of faults in `Documentation/guarantees.md` names tests that are there.
@Suite struct Guarantees {
  private static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  private static func text(_ path: String) throws -> String {
    String(decoding: try Data(contentsOf: root.appendingPathComponent(path)), as: UTF8.self)
  }

  @Test func everyTestThatIsNamedIsThere() throws {
    let page = try Self.text("Documentation/guarantees.md")
    let named = Set(
      page.split(separator: "\n").filter { $0.hasPrefix("| ") }.flatMap { row in
        row.split(separator: "|").last?.matches(of: /`([A-Za-z0-9]+)`/).map { String($0.1) } ?? []
      })
    #expect(named.count > 100)
    let tests = Self.root.appendingPathComponent("Tests")
    let files = FileManager.default.enumerator(atPath: tests.path)?.compactMap { $0 as? String }
    var there: Set<String> = []
    for file in try #require(files) where file.hasSuffix(".swift") {
      there.formUnion(
        try Self.text("Tests/\(file)").matches(of: /(?:func|struct|class) ([A-Za-z0-9]+)/)
          .map { String($0.1) })
    }
    #expect(named.subtracting(there).sorted() == [])
  }
}
