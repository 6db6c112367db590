/// Tables that scroll within themselves where they are wider than the page.
extension Markup {
  /// A table; the heads are texts from outside, the first `words` of them stand over words, the others
  /// over numbers.
  mutating func table(
    _ name: String = "", heads: [String], words: Int, rows: (inout Markup) -> Void
  ) {
    add("<div class=\"scroll\" tabindex=\"0\"><table class=\"\(name)\"><thead><tr>")
    for (index, head) in heads.enumerated() {
      add(index < words ? "<th>" : "<th class=\"num\">")
      self.name(head)
      add("</th>")
    }
    add("</tr></thead><tbody>\n")
    rows(&self)
    add("</tbody></table></div>\n")
  }

  /// A cell with a number of ours.
  mutating func number(_ text: String, _ name: String = "") {
    add("<td class=\"num\(name.isEmpty ? "" : " \(name)")\">\(text)</td>")
  }

  /// The start of a section.
  mutating func section(_ id: String, _ heading: String) {
    add("<section id=\"\(id)\"><h2>\(heading)</h2>\n")
  }

  /// A small sample of a group's line with the group's number.
  mutating func sample(_ group: Int) {
    add("<svg class=\"sample\" viewBox=\"0 0 24 8\" aria-hidden=\"true\">")
    add("<path class=\"m \(DrawnGroup.style(group))\" d=\"M1 4h22\"/></svg><b>\(group + 1)</b>")
  }
}

/// A mean with its interval: `0.1234 [0.1200, 0.1268]`.
func intervalText(_ mean: Double?, _ low: Double?, _ high: Double?) -> String {
  guard let mean else { return "–" }
  guard let low, let high else { return numberText(mean) }
  return "\(numberText(mean)) <span class=\"ci\">[\(numberText(low)), \(numberText(high))]</span>"
}
