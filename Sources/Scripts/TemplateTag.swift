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
  private let scalars: [Unicode.Scalar]
  private var index = 0
  private var line = 1
  private var column = 1
  private var isOnSbatchLine = false
  private var shell = ShellQuoteTracker()

  /// Reads a whole template.
  init(_ text: String) {
    scalars = Array(text.unicodeScalars)
    isOnSbatchLine = startsSbatchLine()
    while index < scalars.count {
      if isNext("{", "{") { readTag() } else { step() }
    }
  }

  private func isNext(_ first: Unicode.Scalar, _ second: Unicode.Scalar) -> Bool {
    index + 1 < scalars.count && scalars[index] == first && scalars[index + 1] == second
  }

  /// Whether the current line is a directive, also one within a section: `{{#hold}}#SBATCH …`.
  private func startsSbatchLine() -> Bool {
    var rest = scalars[index...].prefix { $0 != "\n" }
    while let sign = rest.firstIndex(of: "#") {
      rest = rest[sign...]
      if rest.starts(with: "#SBATCH".unicodeScalars) { return true }
      rest = rest.dropFirst()
    }
    return false
  }

  private mutating func step() {
    shell.read(scalars[index])
    advance()
  }

  private mutating func advance() {
    let scalar = scalars[index]
    index += 1
    column += 1
    if scalar == "\n" {
      line += 1
      column = 1
      isOnSbatchLine = startsSbatchLine()
    }
  }

  private mutating func readTag() {
    let (startLine, startColumn, onSbatch) = (line, column, isOnSbatchLine)
    for _ in 0..<2 { advance() }
    var sign: Character?
    if index < scalars.count, "#^/!{&><$=%".unicodeScalars.contains(scalars[index]) {
      sign = Character(scalars[index])
      advance()
    }
    var content = ""
    while index < scalars.count, !isNext("}", "}") {
      content.unicodeScalars.append(scalars[index])
      advance()
    }
    for _ in 0..<2 where index < scalars.count { advance() }
    if sign == "{", index < scalars.count, scalars[index] == "}" { advance() }
    tags.append(
      TemplateTag(
        sign: sign, name: trimmed(content), line: startLine, column: startColumn,
        isOnSbatchLine: onSbatch, isInsideQuotes: shell.isInsideQuotes))
    if sign == nil { shell.readWord() }
  }
}

private func trimmed(_ text: String) -> String {
  let start = text.drop { $0 == " " || $0 == "\t" }
  return String(start.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
}
