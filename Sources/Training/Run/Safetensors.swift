import Autograd
import Foundation
import RunContract

/// Writes parameters in the safetensors format: eight bytes of length, a JSON header of names, shapes
/// and offsets, then little-endian floats (<https://github.com/huggingface/safetensors>). Durable.
/// - Throws: `FileError` with the system's reason.
func writeSafetensors(_ parameters: ParameterStore, to path: String) throws {
  let width = MemoryLayout<Float>.stride
  var members: [String: JSONValue] = ["__metadata__": .object(["format": "pt"])]
  for slot in parameters.slots {
    let ends = [slot.offset, slot.offset + slot.count].map { JSONValue.number(Double($0 * width)) }
    members[slot.name] = .object([
      "dtype": "F32", "shape": .array(slot.shape.map { .number(Double($0)) }),
      "data_offsets": .array(ends),
    ])
  }
  var header = Data(JSONValue.object(members).canonical.utf8)
  header.append(contentsOf: repeatElement(UInt8(ascii: " "), count: (8 - header.count % 8) % 8))
  var data = Data()
  withUnsafeBytes(of: UInt64(header.count).littleEndian) { data.append(contentsOf: $0) }
  data.append(header)
  data.append(
    UnsafeRawBufferPointer(start: parameters.values, count: parameters.count * width)
      .bindMemory(to: UInt8.self))
  try writeDurably(data, to: path)
}
