/// A message in Protocol Buffers' wire format, field by field: the few kinds that event files need.
/// <https://protobuf.dev/programming-guides/encoding/>
package struct Protobuf {
  package private(set) var bytes: [UInt8] = []

  package init(_ write: (inout Protobuf) -> Void = { _ in }) { write(&self) }

  /// The kinds of fields.
  private enum Wire: UInt64 {
    case varint = 0
    case eightBytes = 1
    case lengthDelimited = 2
    case fourBytes = 5
  }

  private mutating func tag(_ field: Int, _ wire: Wire) {
    varint(UInt64(field) << 3 | wire.rawValue)
  }

  private mutating func varint(_ value: UInt64) {
    var value = value
    while value >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: value) | 0x80)
      value >>= 7
    }
    bytes.append(UInt8(value))
  }

  /// An int64, enum or other whole number.
  package mutating func whole(_ field: Int, _ value: Int) {
    tag(field, .varint)
    varint(UInt64(bitPattern: Int64(value)))
  }

  package mutating func bool(_ field: Int, _ value: Bool) { whole(field, value ? 1 : 0) }

  package mutating func double(_ field: Int, _ value: Double) {
    tag(field, .eightBytes)
    bytes.append(littleEndian: value.bitPattern)
  }

  package mutating func float(_ field: Int, _ value: Float) {
    tag(field, .fourBytes)
    bytes.append(littleEndian: value.bitPattern)
  }

  package mutating func string(_ field: Int, _ value: String) {
    tag(field, .lengthDelimited)
    varint(UInt64(value.utf8.count))
    bytes.append(contentsOf: value.utf8)
  }

  package mutating func message(_ field: Int, _ message: Protobuf) {
    tag(field, .lengthDelimited)
    varint(UInt64(message.bytes.count))
    bytes.append(contentsOf: message.bytes)
  }

  package mutating func message(_ field: Int, _ write: (inout Protobuf) -> Void) {
    message(field, Protobuf(write))
  }
}

extension [UInt8] {
  /// Appends a number's bytes, the lowest first.
  package mutating func append(littleEndian value: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
  }
}
