/// Follows a shell script's text and tells whether the current place is inside quotes or a
/// here-document, where a quoted value would not be read as the value.
///
/// It knows quotes, backslashes, comments and here-documents; a command substitution inside double
/// quotes counts as quoted.
struct ShellQuoteTracker {
  private enum State: Equatable {
    case plain
    case single
    case double
    /// `$'…'`, where a backslash escapes.
    case dollarSingle
    case comment
    case hereDocument(end: String)
  }

  private var state = State.plain
  private var isEscaped = false
  private var previous: Unicode.Scalar = "\n"
  private var currentLine = ""
  private var pendingDocument: String?

  /// Whether a word put here would be inside quotes or a here-document.
  var isInsideQuotes: Bool { state != .plain && state != .comment }

  /// Takes a word in, of which only its being there matters.
  mutating func readWord() {
    previous = "w"
    isEscaped = false
  }

  /// Takes the next character in.
  mutating func read(_ scalar: Unicode.Scalar) {
    defer { previous = scalar }
    if scalar == "\n" {
      endLine()
      return
    }
    currentLine.unicodeScalars.append(scalar)
    if isEscaped {
      isEscaped = false
      return
    }
    switch state {
    case .plain: readPlain(scalar)
    case .single: if scalar == "'" { state = .plain }
    case .double:
      if scalar == "\"" { state = .plain } else { isEscaped = scalar == "\\" }
    case .dollarSingle:
      if scalar == "'" { state = .plain } else { isEscaped = scalar == "\\" }
    case .comment, .hereDocument: break
    }
  }

  private mutating func readPlain(_ scalar: Unicode.Scalar) {
    switch scalar {
    case "\\": isEscaped = true
    case "'": state = previous == "$" ? .dollarSingle : .single
    case "\"": state = .double
    case "#" where " \t\n;&|()".unicodeScalars.contains(previous):
      pendingDocument = hereDocumentEnd(currentLine.dropLast())
      state = .comment
    default: break
    }
  }

  private mutating func endLine() {
    isEscaped = false
    switch state {
    case .plain:
      if let end = hereDocumentEnd(currentLine[...]) { state = .hereDocument(end: end) }
    case .comment:
      state = pendingDocument.map { .hereDocument(end: $0) } ?? .plain
      pendingDocument = nil
    case .hereDocument(let end):
      if currentLine.drop(while: { $0 == "\t" }) == end { state = .plain }
    case .single, .double, .dollarSingle: break
    }
    currentLine = ""
  }

  /// The word that ends the here-document which a line begins, or `nil` where it begins none.
  private func hereDocumentEnd(_ line: Substring) -> String? {
    // `<<<` is a here-string; `1<<2` within (( )) has no word after it.
    // The expression is slow to match, and few lines have the sign at all.
    guard line.utf8.contains(UInt8(ascii: "<")), line.contains("<<") else { return nil }
    guard let match = line.firstMatch(of: /(^|[^<])<<-?\s*(['"\\]?)([A-Za-z_][A-Za-z0-9_]*)/)
    else { return nil }
    return String(match.output.3)
  }
}
