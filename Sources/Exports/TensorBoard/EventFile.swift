/// A file of TensorBoard's events in TensorFlow's record format: length, its checksum, data, its checksum.
package struct EventFile {
  private let file: OutputFile

  /// Makes the file. Its version tells readers not to take a step that goes back for a restart.
  init(_ path: String, time: Double) throws {
    file = try OutputFile(path)
    try write(Event.version(time: time))
  }

  func write(_ event: Protobuf) throws { try file.write(Self.record(event.bytes)) }

  func close() throws { try file.close() }

  package static func record(_ data: [UInt8]) -> [UInt8] {
    var length: [UInt8] = []
    length.append(littleEndian: UInt64(data.count))
    var record = length
    record.reserveCapacity(data.count + 16)
    record.append(littleEndian: CRC32C.masked(length))
    record.append(contentsOf: data)
    record.append(littleEndian: CRC32C.masked(data))
    return record
  }
}
