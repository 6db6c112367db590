import Foundation

/// A table that squeue or sacct printed, with a control character after every field, so that no job
/// name can break it, and with its header, which proves that it is an answer at all.
enum SlurmTable {
  /// Stands after each field.
  static let separator = "\u{1F}"
  private static let separatorByte: UInt8 = 0x1F
  private static let lineEnd: UInt8 = 0x0A

  /// Shows each row without the header to `visit`, with exactly `columns` fields; the bytes belong to
  /// the text, and ten thousand rows are read without a string for each field.
  /// - Returns: what `visit` made of the rows, in order; `nil` where the text is no such table or its
  ///   end is missing: an incomplete answer must not pass for a short one.
  static func rows<Row>(
    _ text: String, columns: Int, _ visit: ([SlurmField]) -> Row?
  ) -> [Row]? {
    var text = text
    return text.withUTF8 { bytes in
      var rows: [Row] = []
      var fields: [SlurmField] = []
      fields.reserveCapacity(columns)
      var count = 0
      var isHeader = true
      var start = 0
      for end in 0...bytes.count where end == bytes.count || bytes[end] == separatorByte {
        // What follows a row's last field begins with the line's end.
        if count >= columns, start < end, bytes[start] == lineEnd {
          if !isHeader, let row = visit(fields) { rows.append(row) }
          isHeader = false
          fields.removeAll(keepingCapacity: true)
          count = 0
          start += 1
        }
        if count < columns { fields.append(SlurmField(.init(rebasing: bytes[start..<end]))) }
        count += 1
        start = end + 1
      }
      guard !isHeader, count == 1, fields[0].bytes.allSatisfy({ $0 == lineEnd }) else { return nil }
      return rows
    }
  }

  /// The rows as strings, for answers that are short.
  static func rows(_ text: String, columns: Int) -> [[String]]? {
    rows(text, columns: columns) { $0.map(\.string) }
  }
}

/// A field of a table, which lives as long as the table's text is being read.
struct SlurmField {
  let bytes: UnsafeBufferPointer<UInt8>

  init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  var string: String { String(decoding: bytes, as: UTF8.self) }

  /// The number that the field is; `nil` for anything else.
  var integer: Int? { slurmInteger(bytes) }

  /// Seconds since 1970; `nil` for `N/A`, `Unknown`, `None`.
  var time: Double? { integer.flatMap { $0 > 0 ? Double($0) : nil } }

  func equals(_ other: SlurmField) -> Bool {
    guard bytes.count == other.bytes.count else { return false }
    guard let first = bytes.baseAddress, let second = other.bytes.baseAddress else { return true }
    return memcmp(first, second, bytes.count) == 0
  }
}

/// Makes a value of a field once for all rows that follow each other with the same bytes there.
struct SlurmMemo<Value> {
  private var last: (field: SlurmField, value: Value)?

  mutating func callAsFunction(_ field: SlurmField, _ make: (SlurmField) -> Value) -> Value {
    if let last, last.field.equals(field) { return last.value }
    let value = make(field)
    last = (field, value)
    return value
  }
}

/// A number written in decimal digits alone.
func slurmInteger(_ digits: some Collection<UInt8>) -> Int? {
  guard !digits.isEmpty else { return nil }
  var value = 0
  for digit in digits {
    guard (0x30...0x39).contains(digit) else { return nil }
    let (tens, isTooLong) = value.multipliedReportingOverflow(by: 10)
    let (sum, isTooLarge) = tens.addingReportingOverflow(Int(digit - 0x30))
    guard !isTooLong, !isTooLarge else { return nil }
    value = sum
  }
  return value
}
