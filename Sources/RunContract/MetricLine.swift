import Foundation

/// Reads a line of `metrics.jsonl` byte by byte, as trainers write it. It knows only what such lines
/// consist of; wherever a line holds anything else it gives up, and the general reader of
/// ``MetricRecord`` decides. So it never says what is damaged, and never reads a line differently.
struct MetricLine {
  /// A value and the place of its name in the line.
  struct Value {
    var name: Range<Int>
    var value: Double
    /// The column of the table that has this name, where it was found at once.
    var column: Int?
  }

  private(set) var step = 0
  private(set) var epoch = 0
  private(set) var time = 0.0
  var values: [Value] = []

  /// Reads a line.
  /// - Parameter columns: the names that are known, in the order in which they are expected.
  /// - Returns: whether it was read.
  mutating func read(_ bytes: UnsafeRawBufferPointer, columns: [MetricTable.Column]) -> Bool {
    values.removeAll(keepingCapacity: true)
    guard let end = bytes.last, end == UInt8(ascii: "}") else { return false }
    var text = PlainJSONText(bytes: bytes)
    var seen: Set4 = []
    guard text.skip(UInt8(ascii: "{")) else { return false }
    repeat {
      guard let name = text.name(), text.skip(UInt8(ascii: ":")) else { return false }
      guard let member = Set4(bytes[name]), seen.insert(member).inserted else { return false }
      switch member {
      case .step: guard text.whole(&step) else { return false }
      case .epoch: guard text.whole(&epoch) else { return false }
      case .time: guard text.decimal(&time) else { return false }
      default: guard readValues(&text, columns) else { return false }
      }
    } while text.skip(UInt8(ascii: ","))
    return text.skip(UInt8(ascii: "}")) && text.isAtEnd && seen == .all
  }

  private mutating func readValues(
    _ text: inout PlainJSONText, _ columns: [MetricTable.Column]
  ) -> Bool {
    guard text.skip(UInt8(ascii: "{")) else { return false }
    if text.skip(UInt8(ascii: "}")) { return true }
    // Lines name the same metrics in the same order, so the next name is mostly the next column's.
    var expected = 0
    repeat {
      guard let name = text.name(), text.skip(UInt8(ascii: ":")) else { return false }
      var value = 0.0
      guard text.isAtQuote ? text.word(&value) : text.decimal(&value) else { return false }
      let column = Self.find(text.bytes[name], in: columns, from: expected)
      values.append(Value(name: name, value: value, column: column))
      expected = (column ?? expected) + 1
    } while text.skip(UInt8(ascii: ","))
    return text.skip(UInt8(ascii: "}"))
  }

  /// Looks at a few columns only; the table knows the others by their hash.
  private static func find(
    _ name: Slice<UnsafeRawBufferPointer>, in columns: [MetricTable.Column], from first: Int
  ) -> Int? {
    for index in first..<min(first + 3, max(first, columns.count)) {
      let known = columns[index].bytes
      if known.count == name.count, known.elementsEqual(name) { return index }
    }
    return nil
  }

  /// The members of a line.
  private struct Set4: OptionSet {
    let rawValue: UInt8

    static let step = Set4(rawValue: 1)
    static let epoch = Set4(rawValue: 2)
    static let time = Set4(rawValue: 4)
    static let values = Set4(rawValue: 8)
    static let all: Set4 = [.step, .epoch, .time, .values]

    init(rawValue: UInt8) { self.rawValue = rawValue }

    init?(_ name: Slice<UnsafeRawBufferPointer>) {
      if name.elementsEqual("step".utf8) {
        self = .step
      } else if name.elementsEqual("epoch".utf8) {
        self = .epoch
      } else if name.elementsEqual("time".utf8) {
        self = .time
      } else if name.elementsEqual("values".utf8) {
        self = .values
      } else {
        return nil
      }
    }
  }
}
