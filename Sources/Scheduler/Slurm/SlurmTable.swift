/// A table that squeue or sacct printed, with a control character after every field, so that no job
/// name can break it, and with its header, which proves that it is an answer at all.
enum SlurmTable {
  /// Stands after each field.
  static let separator = "\u{1F}"

  /// The rows without the header, each with exactly `columns` fields; `nil` where the text is no
  /// such table or its end is missing: an incomplete answer must not pass for a short one.
  static func rows(_ text: String, columns: Int) -> [[Substring]]? {
    var rows: [[Substring]] = []
    var row: [Substring] = []
    for field in text.utf8.split(separator: 0x1F, omittingEmptySubsequences: false) {
      // What follows a row's last field begins with the line's end.
      if row.count >= columns, field.first == 0x0A {
        rows.append(Array(row.prefix(columns)))
        row = [Substring(field.dropFirst())]
      } else {
        row.append(Substring(field))
      }
    }
    guard !rows.isEmpty, row.count == 1, row[0].allSatisfy(\.isNewline) else { return nil }
    return Array(rows.dropFirst())
  }

  /// Seconds since 1970; `nil` for `N/A`, `Unknown`, `None`.
  static func time(_ field: Substring) -> Double? {
    Double(field).flatMap { $0 > 0 ? $0 : nil }
  }

  /// The nodes; `nil` where there are none.
  static func nodes(_ field: Substring) -> String? {
    ["", "(null)", "None assigned", "N/A"].contains(field) ? nil : String(field)
  }
}
