/// A text as content or attribute value of XML. Characters that XML 1.0 does not allow become U+FFFD.
func escaped(_ text: String) -> String {
  text.unicodeScalars.reduce(into: "") { result, scalar in
    switch scalar {
    case "&": result += "&amp;"
    case "<": result += "&lt;"
    case ">": result += "&gt;"
    case "\"": result += "&quot;"
    case "'": result += "&#39;"
    case "\u{0}"..."\u{1F}", "\u{FFFE}", "\u{FFFF}": result += "\u{FFFD}"
    default: result.unicodeScalars.append(scalar)
    }
  }
}

/// A length in the drawing's unit, to a tenth.
func length(_ value: Double) -> String {
  let tenths = Int((min(max(value, -1e6), 1e6) * 10).rounded())
  let (whole, rest) = abs(tenths).quotientAndRemainder(dividingBy: 10)
  return (tenths < 0 ? "-" : "") + (rest == 0 ? "\(whole)" : "\(whole).\(rest)")
}

/// One element; its attributes' values are numbers and words of ours, the content is markup.
func element(
  _ name: String, _ attributes: KeyValuePairs<String, String>, _ content: String? = nil
) -> String {
  let list = attributes.map { " \($0.key)=\"\($0.value)\"" }.joined()
  return content.map { "<\(name)\(list)>\($0)</\(name)>" } ?? "<\(name)\(list)/>"
}

/// A text at a place.
func text(
  _ content: String, x: Double, y: Double, class name: String, anchor: String = "start"
) -> String {
  element(
    "text", ["x": length(x), "y": length(y), "class": name, "text-anchor": anchor],
    escaped(content))
}

/// A straight line.
func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, class name: String) -> String {
  element(
    "line",
    ["x1": length(x1), "y1": length(y1), "x2": length(x2), "y2": length(y2), "class": name])
}
