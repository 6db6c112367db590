/// The one place where a value is made fit for the place it is written to.

/// The character of a text that no script may hold, as in "a line feed (U+000A)", or `nil` where there
/// is none.
///
/// Refused are control characters (Slurm splits lines before it reads quotes, and a NUL ends every
/// argument), the two Unicode line separators, and the marks that reverse the direction of writing:
/// with them a script would read otherwise than it runs.
public func forbiddenCharacter(in text: String) -> String? {
  // Of printable ASCII, as nearly all is, a byte says enough.
  if text.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) { return nil }
  return text.unicodeScalars.first(where: \.isControl).flatMap(forbiddenCharacter(in:))
}

/// The same for one character.
func forbiddenCharacter(in scalar: Unicode.Scalar) -> String? {
  guard scalar.isControl else { return nil }
  let digits = String(scalar.value, radix: 16, uppercase: true)
  let code = "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  let name =
    switch scalar.value {
    case 0x00: "a NUL"
    case 0x09: "a tab"
    case 0x0A: "a line feed"
    case 0x0D: "a carriage return"
    case 0x1B: "an escape"
    case 0x2028...0x2029: "a line separator"
    case 0x202A...0x202E, 0x2066...0x2069: "a mark of writing direction"
    default: "a control character"
    }
  return "\(name) (\(code))"
}

/// Says that a field holds a forbidden character.
/// - Throws: ``ScriptError`` naming the field.
func requirePrintable(
  _ text: String, _ field: @autoclosure () -> String
) throws(ScriptError) {
  if let character = forbiddenCharacter(in: text) {
    throw ScriptError("\(field()) holds \(character)", hint: "a script cannot carry it")
  }
}

/// A value for a `#SBATCH` line, by the rules of Slurm's own reader, which are not the shell's: a
/// backslash escapes even inside single quotes, and an unquoted `#` ends the line.
///
/// The text must be free of control characters; see ``forbiddenCharacter(in:)``.
public func sbatchQuoted(_ text: String) -> String {
  if isPlain(text) { return text }
  var quoted = "\""
  for scalar in text.unicodeScalars {
    if scalar == "\"" || scalar == "\\" { quoted.unicodeScalars.append("\\") }
    quoted.unicodeScalars.append(scalar)
  }
  return quoted + "\""
}

/// A value for a shell's word: bare where that is safe, else in single quotes.
///
/// The text must be free of control characters; see ``forbiddenCharacter(in:)``.
public func shellQuoted(_ text: String) -> String {
  if isPlain(text) { return text }
  var quoted = "'"
  for scalar in text.unicodeScalars {
    // Scalars, not characters: a combining mark after a quote makes another character of it.
    if scalar == "'" { quoted += "'\\''" } else { quoted.unicodeScalars.append(scalar) }
  }
  return quoted + "'"
}

/// Whether neither a shell nor Slurm gives any of the characters a meaning.
private func isPlain(_ text: String) -> Bool {
  !text.isEmpty
    && text.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "a")...UInt8(ascii: "z"):
        true
      default: "_-./:,@%+".utf8.contains(byte)
      }
    }
}

/// A path for `--output`, where Slurm gives `%` a meaning.
/// - Throws: ``ScriptError`` where the path holds a backslash: Slurm then drops every backslash and
///   expands no `%a`.
func outputPatternEscaped(_ path: String) throws(ScriptError) -> String {
  if path.utf8.contains(UInt8(ascii: "\\")) {
    throw ScriptError(
      "Slurm cannot write a log to \(path): the path holds a backslash",
      hint: "move the project to a folder without one")
  }
  var escaped = ""
  for scalar in path.unicodeScalars {
    escaped.unicodeScalars.append(scalar)
    if scalar == "%" { escaped.unicodeScalars.append(scalar) }
  }
  return escaped
}
