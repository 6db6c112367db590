extension Unicode.Scalar {
  /// Whether the character is one that moves the cursor, ends the line or turns the direction of the text
  /// around it: C0, DEL, C1, line and paragraph separators, and the bidirectional controls of Unicode
  /// Standard Annex 9. No script, name or table of ours may hold it.
  public var isControl: Bool {
    switch value {
    case 0x00...0x1F, 0x7F...0x9F, 0x2028...0x202E, 0x2066...0x2069: true
    default: false
    }
  }
}

/// The text with control characters shown as escapes, so that a name from a file can neither move the
/// cursor nor recolour the terminal.
public func printable(_ text: String) -> String {
  guard text.unicodeScalars.contains(where: \.isControl) else { return text }
  return text.unicodeScalars.reduce(into: "") { result, scalar in
    if scalar.isControl {
      result += scalar.escaped(asASCII: true)
    } else {
      result.unicodeScalars.append(scalar)
    }
  }
}
