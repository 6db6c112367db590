/// A rendered script that remembers which line of the template each directive came from.
///
/// The template is rendered with marks of control characters, which neither a template nor a value may
/// hold, before each `#SBATCH`; they are taken out again here.
struct MarkedScript {
  /// One `#SBATCH` line.
  struct DirectiveLine {
    /// What follows `#SBATCH`.
    let text: String
    /// The template's line.
    let templateLine: Int?
    /// Whether a command stands before it, so that Slurm does not read it.
    let isAfterCommand: Bool
  }

  /// The script.
  let text: String
  /// Its `#SBATCH` lines in order.
  let directives: [DirectiveLine]

  /// Takes the marks out.
  init(_ marked: String) {
    var lines: [Substring] = []
    var directives: [DirectiveLine] = []
    var sawCommand = false
    for markedLine in marked.byteLines {
      let (line, number) = Self.unmarked(markedLine)
      lines.append(line)
      if line.utf8.starts(with: sbatchWord.utf8) {
        directives.append(
          DirectiveLine(
            text: String(line.dropFirst(sbatchWord.count)), templateLine: number,
            isAfterCommand: sawCommand))
      } else if let first = line.utf8.first(where: { !isBlank($0) }), first != UInt8(ascii: "#") {
        sawCommand = true
      }
    }
    self.text = lines.joined(separator: "\n")
    self.directives = directives
  }

  private static func unmarked(_ line: Substring) -> (Substring, Int?) {
    guard line.utf8.contains(1) else { return (line, nil) }
    var text = ""
    var number: Int?
    var pieces = line.split(separator: markBegin, omittingEmptySubsequences: false)[...]
    text += pieces.removeFirst()
    for piece in pieces {
      let parts = piece.split(separator: markEnd, maxSplits: 1, omittingEmptySubsequences: false)
      number = number ?? Int(parts[0])
      text += parts.dropFirst().joined()
    }
    return (Substring(text), number)
  }
}

private let sbatchWord = "#SBATCH"
private let markBegin: Character = "\u{1}"
private let markEnd: Character = "\u{2}"

/// The template's text with a mark of its line before each `#SBATCH`.
func markingDirectives(in text: String) -> String {
  let bytes = Array(text.utf8)
  var marked: [UInt8] = []
  marked.reserveCapacity(bytes.count + 256)
  var line = 1
  for (place, byte) in bytes.enumerated() {
    if byte == UInt8(ascii: "#"), bytes[place...].starts(with: sbatchWord.utf8) {
      marked += "\(markBegin)\(line)\(markEnd)".utf8
    }
    if byte == lineFeed { line += 1 }
    marked.append(byte)
  }
  return String(decoding: marked, as: UTF8.self)
}
