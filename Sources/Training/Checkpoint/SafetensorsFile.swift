import Foundation
import RunContract

/// A file in the safetensors format: eight bytes of length, a JSON header of names, types, shapes and
/// offsets, then the tensors' little-endian content
/// (<https://huggingface.co/docs/safetensors/index>). Of its types those are read and written that
/// checkpoints use: F32 and F64.
///
/// Our own files carry among their metadata the SHA-256 of header and content (the digest itself taken
/// as zeros), so that a damaged file is told from a good one.
struct SafetensorsFile: Equatable {
  /// One tensor's type, shape and bytes.
  struct Entry: Equatable {
    let type: String
    let shape: [Int]
    let bytes: Data

    static func floats(_ shape: [Int], _ values: UnsafeBufferPointer<Float>) -> Entry {
      Entry(type: "F32", shape: shape, bytes: Data(buffer: values))
    }

    static func doubles(_ values: [Double]) -> Entry {
      Entry(
        type: "F64", shape: [values.count],
        bytes: values.withUnsafeBufferPointer { Data(buffer: $0) })
    }

    /// The content as floats; `nil` where it is of another type.
    var floats: [Float]? { type == "F32" ? elements() : nil }
    /// The content as doubles; `nil` where it is of another type.
    var doubles: [Double]? { type == "F64" ? elements() : nil }

    private func elements<Element: BitwiseCopyable>() -> [Element] {
      bytes.withUnsafeBytes { raw in
        (0..<raw.count / MemoryLayout<Element>.stride).map {
          raw.loadUnaligned(fromByteOffset: $0 * MemoryLayout<Element>.stride, as: Element.self)
        }
      }
    }
  }

  /// Texts by name.
  var metadata: [String: String] = [:]
  /// The tensors, in the order of their content.
  var entries: [(name: String, entry: Entry)] = []

  /// Whether the file says what its content is.
  var isSealed: Bool { metadata[digestKey] != nil }

  subscript(name: String) -> Entry? { entries.first { $0.name == name }?.entry }

  static func == (a: Self, b: Self) -> Bool {
    a.metadata == b.metadata && a.entries.elementsEqual(b.entries) { $0 == $1 }
  }
}

private let digestKey = "sha256"
/// What stands in the digest's place while it is computed.
private let noDigest = String(repeating: "0", count: 64)

// MARK: Writing

extension SafetensorsFile {
  /// The file's bytes.
  var data: Data {
    let content = entries.reduce(into: Data()) { $0.append($1.entry.bytes) }
    var texts = metadata
    texts["format"] = "pt"
    texts[digestKey] = noDigest
    var members: [String: JSONValue] = [
      "__metadata__": .object(texts.mapValues { .string($0) })
    ]
    var offset = 0
    for (name, entry) in entries {
      let ends = [offset, offset + entry.bytes.count].map { JSONValue.number(Double($0)) }
      members[name] = .object([
        "dtype": .string(entry.type), "shape": .array(entry.shape.map { .number(Double($0)) }),
        "data_offsets": .array(ends),
      ])
      offset += entry.bytes.count
    }
    var header = Data(JSONValue.object(members).canonical.utf8)
    header.append(contentsOf: repeatElement(UInt8(ascii: " "), count: (8 - header.count % 8) % 8))
    if let place = header.range(of: Data(noDigest.utf8)) {
      header.replaceSubrange(place, with: Data(sha256Hex(header + content).utf8))
    }
    var data = Data()
    withUnsafeBytes(of: UInt64(header.count).littleEndian) { data.append(contentsOf: $0) }
    data.append(header)
    data.append(content)
    return data
  }
}

// MARK: Reading

extension SafetensorsFile {
  /// Why bytes are no such file.
  struct Damage: Error, CustomStringConvertible {
    let description: String
  }

  /// Reads a file's bytes.
  /// - Throws: ``Damage`` where they are no safetensors file, cut short or changed.
  init(_ data: Data) throws {
    let (header, content) = try Self.split(data)
    guard let members = (try? JSONValue(parsing: header))?.object else {
      throw Damage(description: "its header is no JSON object: this is no safetensors file")
    }
    metadata = (members["__metadata__"]?.object ?? [:]).compactMapValues(\.string)
    let read = try members.filter { $0.key != "__metadata__" }.map { name, value in
      (name: name, place: try Place(name, value))
    }
    var end = 0
    for (name, place) in read.sorted(by: { $0.place.start < $1.place.start }) {
      guard place.start == end else {
        throw Damage(
          description: "the tensor \"\(printable(name))\" overlaps another or leaves a gap")
      }
      end = place.end
      guard end <= content.count else {
        throw Damage(
          description:
            "it is cut short: \(content.count) bytes of tensors where its header tells of "
            + "\(read.map(\.place.end).max() ?? end)")
      }
      let bytes = Data(content[content.startIndex + place.start..<content.startIndex + end])
      entries.append((name, Entry(type: place.type, shape: place.shape, bytes: bytes)))
    }
    guard end == content.count else {
      throw Damage(description: "\(content.count - end) bytes follow the last tensor")
    }
    try checkDigest(header, content)
  }

  /// A file without a digest is not one of ours, and is looked at all the same.
  private func checkDigest(_ header: Data, _ content: Data) throws {
    guard let digest = metadata[digestKey] else { return }
    var blank = header
    if let place = blank.range(of: Data(digest.utf8)) {
      blank.replaceSubrange(place, with: Data(noDigest.utf8))
    }
    guard digest == sha256Hex(blank + content) else {
      throw Damage(description: "it is not what was written: the checksum differs")
    }
  }

  private static func split(_ data: Data) throws -> (header: Data, content: Data) {
    guard data.count >= 8 else {
      throw Damage(description: "it has \(data.count) bytes: this is no safetensors file")
    }
    let length = data.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    // Those of the largest networks have some hundred kilobytes.
    guard length >= 2, length <= 16_000_000 else {
      throw Damage(description: "its first eight bytes give no length: this is no safetensors file")
    }
    let end = 8 + Int(length)
    guard end <= data.count else {
      throw Damage(description: "it is cut short, or no safetensors file: the header is not whole")
    }
    return (data.subdata(in: data.startIndex + 8..<data.startIndex + end), data.dropFirst(end))
  }

  /// A tensor's place in the content.
  private struct Place {
    let type: String
    let shape: [Int]
    let start: Int
    let end: Int

    init(_ name: String, _ value: JSONValue) throws {
      let ends = (value["data_offsets"]?.array ?? []).compactMap(\.integer)
      let dimensions = value["shape"]?.array ?? []
      shape = dimensions.compactMap(\.integer)
      type = value["dtype"]?.string ?? ""
      let width = type == "F32" ? 4 : type == "F64" ? 8 : nil
      var size = width
      for dimension in shape {
        guard let known = size, dimension >= 0 else { break }
        let (product, overflow) = known.multipliedReportingOverflow(by: dimension)
        size = overflow ? nil : product
      }
      guard let size, ends.count == 2, ends[0] >= 0, shape.count == dimensions.count,
        shape.allSatisfy({ $0 >= 0 }), ends[1] >= ends[0], ends[1] - ends[0] == size
      else {
        throw Damage(
          description:
            "the tensor \"\(printable(name))\" has a type, shape or place that does not fit")
      }
      start = ends[0]
      end = ends[1]
    }
  }
}
