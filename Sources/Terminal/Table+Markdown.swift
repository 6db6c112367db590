extension Table {
  /// The lines of the same table in Markdown, as GitHub and Pandoc read it.
  public var markdown: [String] {
    func line(_ cells: [String]) -> String { "| \(cells.joined(separator: " | ")) |" }
    return [line(columns.map { markdownText($0.title) })]
      + [line(columns.map { $0.isNumber ? "---:" : "---" })]
      + rows.map { row in line(columns.indices.map { markdownText(text(row, $0)) }) }
  }
}

/// A text that Markdown shows as it is. What cannot mean anything where it stands is left alone, so that
/// `corr_weight` and `[0.1, 0.2]` are readable in the source, too.
private func markdownText(_ text: String) -> String {
  let hasLinks = ["](", "][", "]:"].contains { text.contains($0) }
  let characters = Array(text)
  return characters.indices.reduce(into: "") { escaped, index in
    let character = characters[index]
    let isSpecial =
      switch character {
      case "\\", "`", "*", "|", "<", ">", "&", "~", "$", "#": true
      case "[", "]", "!": hasLinks
      case "_": !isWithinWord(index, of: characters)
      default: false
      }
    if isSpecial { escaped += "\\" }
    escaped.append(character)
  }
}

private func isWithinWord(_ index: Int, of characters: [Character]) -> Bool {
  func isWord(_ index: Int) -> Bool {
    characters.indices.contains(index)
      && (characters[index].isLetter || characters[index].isNumber)
  }
  return isWord(index - 1) && isWord(index + 1)
}
