import Foundation
import TestSupport

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// A page as a strict reader of XML finds it: elements with their texts. Styles and the one script, which
/// are the page's own and no XML, are taken out before.
final class PageReading: NSObject, XMLParserDelegate {
  private(set) var text = ""
  private(set) var elements: [(name: String, attributes: [String: String])] = []
  private(set) var fault: String?

  init(_ page: [UInt8]) throws {
    super.init()
    var source = String(decoding: page, as: UTF8.self)
    for (start, end) in [("<style>", "</style>"), ("<script>", "</script>")] {
      guard let from = source.range(of: start), let to = source[from.upperBound...].range(of: end)
      else {
        throw TestFailure("no \(start) in the page")
      }
      source.removeSubrange(from.lowerBound..<to.upperBound)
    }
    guard let doctype = source.range(of: "<!DOCTYPE html>\n") else {
      throw TestFailure("no document type")
    }
    source.removeSubrange(doctype)
    let parser = XMLParser(data: Data(source.utf8))
    parser.delegate = self
    if !parser.parse() {
      fault = "line \(parser.lineNumber): \(parser.parserError.map { "\($0)" } ?? "unknown")"
    }
  }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
    qualifiedName: String?, attributes: [String: String] = [:]
  ) {
    elements.append((name, attributes))
  }

  func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }

  func count(_ name: String, _ kind: String? = nil) -> Int {
    elements.count { $0.name == name && (kind == nil || $0.attributes["class"] == kind) }
  }

  /// The outlines of all paths of a kind.
  func paths(_ kind: String) -> [String] {
    elements.filter { $0.name == "path" && $0.attributes["class"] == kind }
      .compactMap { $0.attributes["d"] }
  }
}
