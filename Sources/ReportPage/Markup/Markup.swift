import RunContract

/// The page as it grows: bytes of UTF-8, markup of ours and texts from outside, which are escaped.
///
/// The page is HTML and well-formed XML alike, so that a strict reader can check it: elements are closed,
/// attributes quoted, and characters that XML does not allow never stand in it.
struct Markup {
  private(set) var bytes: [UInt8] = []

  /// Appends markup of ours.
  mutating func add(_ markup: String) { bytes.append(contentsOf: markup.utf8) }

  /// Appends a whole number.
  mutating func add(_ number: Int) { bytes.append(contentsOf: String(number).utf8) }

  /// Appends bytes that are markup already.
  mutating func add(_ markup: [UInt8]) { bytes.append(contentsOf: markup) }

  /// Appends a text from outside, as an element's content or an attribute's value.
  mutating func text(_ text: String) { bytes.append(contentsOf: escaped(text).utf8) }

  /// Appends a text from outside whose direction must not turn what stands around it.
  mutating func name(_ text: String) {
    add("<bdi>")
    self.text(text)
    add("</bdi>")
  }

  /// Appends an element with a class and a text from outside.
  mutating func element(_ tag: String, _ name: String = "", text: String) {
    add(name.isEmpty ? "<\(tag)>" : "<\(tag) class=\"\(name)\">")
    self.name(text)
    add("</\(tag)>")
  }
}

/// A text as content or attribute value of HTML and XML. Characters that would turn the text's direction
/// or do anything but be seen are shown as escapes.
func escaped(_ text: String) -> String {
  guard text.utf8.contains(where: { $0 < 0x20 || $0 >= 0x7F || isMarkup($0) }) else { return text }
  return printable(text).unicodeScalars.reduce(into: "") { result, scalar in
    switch scalar {
    case "&": result += "&amp;"
    case "<": result += "&lt;"
    case ">": result += "&gt;"
    case "\"": result += "&quot;"
    case "'": result += "&#39;"
    default: result += visible(scalar)
    }
  }
}

/// A text as JSON within a `script` element: without anything that could end the element, and without
/// control characters, which are shown as escapes.
func scriptText(_ text: String) -> String {
  let content = printable(text).unicodeScalars.reduce(into: "") { result, scalar in
    switch scalar {
    case "\\": result += "\\\\"
    case "\"": result += "\\\""
    case "<": result += "\\u003c"
    case ">": result += "\\u003e"
    case "&": result += "\\u0026"
    case "'": result += "\\u0027"
    default: result += visible(scalar)
    }
  }
  return "\"\(content)\""
}

private func isMarkup(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "&"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "\""),
    UInt8(ascii: "'"):
    true
  default: false
  }
}

/// Marks of direction and invisible characters that `printable` lets through, and what is no character.
private func visible(_ scalar: Unicode.Scalar) -> String {
  switch scalar.value {
  case 0x200B, 0x200E, 0x200F, 0x061C, 0xFEFF, 0xFFFE, 0xFFFF: "\u{FFFD}"
  default: String(scalar)
  }
}
