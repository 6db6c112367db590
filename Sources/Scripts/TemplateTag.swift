/// One `{{…}}` of a template and where it stands.
struct TemplateTag {
  /// The sign after the braces, as in `#`; `nil` for a plain name.
  let sign: Character?
  /// What follows the sign, without white space around it.
  let name: String
  /// The line, from 1.
  let line: Int
  /// The column of the first brace, from 1.
  let column: Int
  /// Whether it stands on a `#SBATCH` line.
  let isOnSbatchLine: Bool
  /// Whether the shell would read it inside quotes or a here-document.
  let isInsideQuotes: Bool
}

/// Finds the tags of a template, and how the shell reads the place that each stands in.
///
/// The engine's own parser keeps its tokens to itself; what it would accept and we must refuse has to
/// be seen beforehand.
struct TemplateScanner {
  private(set) var tags: [TemplateTag] = []
  /// UTF-8: every sign that matters is one byte, and a template is read for each submission.
  private let bytes: [UInt8]
  private var index = 0
  private var line = 1
  private var column = 1
  private var isOnSbatchLine = false
  private var shell = ShellQuoteTracker()

  /// Reads a whole template.
  init(_ text: String) {
    bytes = Array(text.utf8)
    isOnSbatchLine = startsSbatchLine()
    while index < bytes.count {
      if isNext(UInt8(ascii: "{"), twice: true) { readTag() } else { step() }
    }
  }

  private func isNext(_ byte: UInt8, twice: Bool) -> Bool {
    index < bytes.count && bytes[index] == byte
      && (!twice || (index + 1 < bytes.count && bytes[index + 1] == byte))
  }

  /// Whether the current line is a directive, also one within a section: `{{#hold}}#SBATCH …`.
  private func startsSbatchLine() -> Bool {
    var place = index
    while place < bytes.count, bytes[place] != lineFeed {
      if bytes[place] == UInt8(ascii: "#"), bytes[place...].starts(with: "#SBATCH".utf8) {
        return true
      }
      place += 1
    }
    return false
  }

  private mutating func step() {
    shell.read(bytes[index])
    advance()
  }

  private mutating func advance() {
    let byte = bytes[index]
    index += 1
    // Columns are counted in characters of Unicode, of which only the first byte is no continuation.
    if byte & 0xC0 != 0x80 { column += 1 }
    if byte == lineFeed {
      line += 1
      column = 1
      isOnSbatchLine = startsSbatchLine()
    }
  }

  private mutating func readTag() {
    let (startLine, startColumn, onSbatch) = (line, column, isOnSbatchLine)
    for _ in 0..<2 { advance() }
    var sign: Character?
    if index < bytes.count, "#^/!{&><$=%".utf8.contains(bytes[index]) {
      sign = Character(Unicode.Scalar(bytes[index]))
      advance()
    }
    let start = index
    while index < bytes.count, !isNext(UInt8(ascii: "}"), twice: true) { advance() }
    let name = trimmed(bytes[start..<index])
    for _ in 0..<2 where index < bytes.count { advance() }
    if sign == "{", isNext(UInt8(ascii: "}"), twice: false) { advance() }
    tags.append(
      TemplateTag(
        sign: sign, name: name, line: startLine, column: startColumn,
        isOnSbatchLine: onSbatch, isInsideQuotes: shell.isInsideQuotes))
    if sign == nil { shell.readWord() }
  }
}

let lineFeed = UInt8(ascii: "\n")

/// Whether the byte is a space or a tab.
func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }

private func trimmed(_ bytes: ArraySlice<UInt8>) -> String {
  let start = bytes.drop(while: isBlank)
  let end = start.lastIndex { !isBlank($0) }.map { $0 + 1 } ?? start.startIndex
  return String(decoding: start[..<end], as: UTF8.self)
}

extension String {
  /// The lines of a text that holds no carriage returns, found by their bytes.
  var byteLines: [Substring] {
    utf8.split(separator: lineFeed, omittingEmptySubsequences: false).map { Substring($0) }
  }
}
