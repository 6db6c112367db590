/// The checksum of TensorFlow's record files: CRC-32 with Castagnoli's polynomial (RFC 3720, appendix B.4),
/// by a table of its remainders for each byte.
package enum CRC32C {
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { rest, _ in
      rest & 1 == 1 ? rest >> 1 ^ 0x82F6_3B78 : rest >> 1
    }
  }

  /// The checksum of bytes.
  package static func of(_ bytes: [UInt8]) -> UInt32 {
    table.withUnsafeBufferPointer { table in
      ~bytes.reduce(~UInt32(0)) { rest, byte in
        table[Int((rest ^ UInt32(byte)) & 0xFF)] ^ rest >> 8
      }
    }
  }

  /// The checksum as it stands in record files: turned and shifted, because a checksum of data that holds
  /// its own checksum is a poor one.
  package static func masked(_ bytes: [UInt8]) -> UInt32 {
    let value = of(bytes)
    return (value >> 15 | value << 17) &+ 0xA282_EAD8
  }
}
