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
    var lines: [String] = []
    var directives: [DirectiveLine] = []
    var sawCommand = false
    for markedLine in marked.split(separator: "\n", omittingEmptySubsequences: false) {
      let (line, number) = Self.unmarked(markedLine)
      lines.append(line)
      if line.hasPrefix(sbatchWord) {
        directives.append(
          DirectiveLine(
            text: String(line.dropFirst(sbatchWord.count)), templateLine: number,
            isAfterCommand: sawCommand))
      } else if let first = line.first(where: { $0 != " " && $0 != "\t" }), first != "#" {
        sawCommand = true
      }
    }
    self.text = lines.joined(separator: "\n")
    self.directives = directives
  }

  private static func unmarked(_ line: Substring) -> (String, Int?) {
    guard line.utf8.contains(1) else { return (String(line), nil) }
    var text = ""
    var number: Int?
    var pieces = line.split(separator: markBegin, omittingEmptySubsequences: false)[...]
    text += pieces.removeFirst()
    for piece in pieces {
      let parts = piece.split(separator: markEnd, maxSplits: 1, omittingEmptySubsequences: false)
      number = number ?? Int(parts[0])
      text += parts.dropFirst().joined()
    }
    return (text, number)
  }
}

private let sbatchWord = "#SBATCH"
private let markBegin: Character = "\u{1}"
private let markEnd: Character = "\u{2}"

/// The template's text with a mark of its line before each `#SBATCH`.
func markingDirectives(in text: String) -> String {
  text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    .map { number, line in
      guard line.utf8.contains(UInt8(ascii: "#")), line.contains(sbatchWord) else { return line }
      return Substring(
        line.replacing(sbatchWord, with: "\(markBegin)\(number + 1)\(markEnd)\(sbatchWord)"))
    }
    .joined(separator: "\n")
}
