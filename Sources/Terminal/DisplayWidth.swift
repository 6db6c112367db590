/// The columns a text takes in a terminal: wide East Asian characters and emoji take two, combining
/// marks none.
public func displayWidth(_ text: String) -> Int {
  // Latin letters, signs and dashes take one column each; the tables of Unicode are asked for the rest.
  var count = 0
  for scalar in text.unicodeScalars {
    guard scalar.value < 0x300 || (0x2010...0x2027).contains(scalar.value) else {
      return text.reduce(0) { $0 + columns(of: $1) }
    }
    count += 1
  }
  return count
}

/// The text cut to so many columns, with an ellipsis where something was cut.
public func truncated(_ text: String, to width: Int) -> String {
  if displayWidth(text) <= width { return text }
  var result = ""
  var used = 0
  for character in text {
    let next = columns(of: character)
    if used + next > width - 1 { break }
    result.append(character)
    used += next
  }
  return width > 0 ? result + "…" : ""
}

private func columns(of character: Character) -> Int {
  guard let first = character.unicodeScalars.first else { return 0 }
  if first.properties.generalCategory == .nonspacingMark { return 0 }
  if character.unicodeScalars.contains(where: { $0.properties.isEmojiPresentation }) { return 2 }
  return wideRanges.contains { $0.contains(first.value) } ? 2 : 1
}

/// The blocks of East Asian Width W and F (Unicode Standard Annex 11), in whole blocks.
private let wideRanges: [ClosedRange<UInt32>] = [
  0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF,
  0xA000...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
  0xFFE0...0xFFE6, 0x20000...0x3FFFD,
]
