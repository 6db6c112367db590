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
  private var previous = lineFeed
  private var currentLine: [UInt8] = []
  private var pendingDocument: String?

  /// Whether a word put here would be inside quotes or a here-document.
  var isInsideQuotes: Bool { state != .plain && state != .comment }

  /// Takes a word in, of which only its being there matters.
  mutating func readWord() {
    previous = UInt8(ascii: "w")
    isEscaped = false
  }

  /// Takes the next byte in.
  mutating func read(_ byte: UInt8) {
    defer { previous = byte }
    if byte == lineFeed {
      endLine()
      return
    }
    currentLine.append(byte)
    if isEscaped {
      isEscaped = false
      return
    }
    switch state {
    case .plain: readPlain(byte)
    case .single: if byte == UInt8(ascii: "'") { state = .plain }
    case .double: readQuoted(byte, end: UInt8(ascii: "\""))
    case .dollarSingle: readQuoted(byte, end: UInt8(ascii: "'"))
    case .comment, .hereDocument: break
    }
  }

  private mutating func readQuoted(_ byte: UInt8, end: UInt8) {
    if byte == end { state = .plain } else { isEscaped = byte == UInt8(ascii: "\\") }
  }

  private mutating func readPlain(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "\\"): isEscaped = true
    case UInt8(ascii: "'"): state = previous == UInt8(ascii: "$") ? .dollarSingle : .single
    case UInt8(ascii: "\""): state = .double
    case UInt8(ascii: "#") where " \t\n;&|()".utf8.contains(previous):
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
      if currentLine.drop(while: { $0 == UInt8(ascii: "\t") }).elementsEqual(end.utf8) {
        state = .plain
      }
    case .single, .double, .dollarSingle: break
    }
    currentLine.removeAll(keepingCapacity: true)
  }

  /// The word that ends the here-document which a line begins, or `nil` where it begins none.
  private func hereDocumentEnd(_ line: ArraySlice<UInt8>) -> String? {
    let sign = UInt8(ascii: "<")
    var rest = line
    while let first = rest.firstIndex(of: sign) {
      let run = rest[first...].prefix { $0 == sign }
      rest = rest[run.endIndex...]
      // `<<<` is a here-string; `1<<2` within (( )) has no word after it.
      if run.count == 2, let word = documentWord(rest) { return word }
    }
    return nil
  }

  /// The word after `<<`, which may be quoted.
  private func documentWord(_ text: ArraySlice<UInt8>) -> String? {
    var rest = text
    if rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
    rest = rest.drop(while: isBlank)
    if let quote = rest.first, "'\"\\".utf8.contains(quote) { rest = rest.dropFirst() }
    guard let first = rest.first, !isDigit(first) else { return nil }
    let word = rest.prefix { isAlphanumeric($0) || $0 == UInt8(ascii: "_") }
    return word.isEmpty ? nil : String(decoding: word, as: UTF8.self)
  }
}
