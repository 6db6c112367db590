/// A text in lines of at most so many columns, broken between words; every line but the first begins with
/// so many spaces. A word that is longer than a line has one for itself.
public func wrapped(_ text: String, to width: Int, indent: Int = 0) -> [String] {
  var lines: [String] = []
  var line = ""
  for word in text.split(separator: " ") {
    let candidate = line.isEmpty ? String(word) : "\(line) \(word)"
    if line.isEmpty || displayWidth(candidate) <= width {
      line = candidate
    } else {
      lines.append(line)
      line = String(repeating: " ", count: indent) + word
    }
  }
  return line.isEmpty ? lines : lines + [line]
}
