/// A template whose lines without tags are drawn out of it, each run of them replaced by one unescaped tag.
///
/// Most of a job script holds no tag, and the engine reads a template character by character: so it reads
/// a tenth of it. What is rendered is the same.
struct PlainLines {
  /// The template with the lines drawn out.
  let template: String
  /// The lines by the names of their tags.
  let texts: [String: String]

  init(_ text: String) {
    var lines: [Substring] = []
    var texts: [String: String] = [:]
    var run: [Substring] = []
    func close() {
      guard !run.isEmpty else { return }
      let name = "plain_\(texts.count)"
      texts[name] = run.joined(separator: "\n")
      lines.append("{{{\(name)}}}")
      run = []
    }
    // A tag may reach over several lines, as a comment does: those in between are no text.
    var isInTag = false
    for line in text.byteLines {
      let opens = Self.position(of: UInt8(ascii: "{"), in: line)
      let closes = Self.position(of: UInt8(ascii: "}"), in: line)
      if opens == nil, closes == nil, !isInTag {
        run.append(line)
        continue
      }
      close()
      lines.append(line)
      isInTag = isInTag ? (closes ?? -1) < (opens ?? 0) : (opens ?? -1) > (closes ?? -1)
    }
    close()
    template = lines.joined(separator: "\n")
    self.texts = texts
  }

  /// Where the brace stands twice for the last time.
  private static func position(of brace: UInt8, in line: Substring) -> Int? {
    guard line.utf8.contains(brace) else { return nil }
    var last: UInt8 = 0
    var found: Int?
    for (place, byte) in line.utf8.enumerated() {
      if byte == brace, last == brace { found = place }
      last = byte
    }
    return found
  }
}
