import Foundation
import RunContract

/// Tensors that `Tools/oracle/make_reference.py` made with PyTorch.
public struct ReferenceTensors {
  /// One tensor.
  public struct Entry: Sendable {
    /// Its shape, outermost first.
    public let shape: [Int]
    /// Its elements, row after row.
    public let values: [Float]
  }

  /// All tensors by name.
  public let tensors: [String: Entry]

  /// Reads a safetensors file in the folder `Reference` beside a test's source file.
  public init(_ name: String, beside source: String = #filePath) throws {
    let folder = URL(fileURLWithPath: source).deletingLastPathComponent()
    try self.init(contentsOf: folder.appendingPathComponent("Reference/\(name).safetensors").path)
  }

  /// Reads a safetensors file of 32-bit floats.
  public init(contentsOf path: String) throws {
    let data = try readFile(path)
    let count = data.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    let header = try JSONValue(parsing: data.dropFirst(8).prefix(count)).object ?? [:]
    let body = [UInt8](data.dropFirst(8 + count))
    var tensors: [String: Entry] = [:]
    for (name, entry) in header where name != "__metadata__" {
      let ends = entry["data_offsets"]?.array?.compactMap(\.integer) ?? []
      let values = stride(from: ends[0], to: ends[1], by: 4).map { place in
        Float(
          bitPattern: body[place..<place + 4].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) })
      }
      tensors[name] = Entry(
        shape: entry["shape"]?.array?.compactMap(\.integer) ?? [], values: values)
    }
    self.tensors = tensors
  }

  /// A tensor that must be there.
  public subscript(name: String) -> Entry {
    guard let entry = tensors[name] else { fatalError("the reference has no tensor \(name)") }
    return entry
  }
}

/// The largest difference between two runs of numbers, relative to the largest of the second.
public func largestError(_ found: [Float], _ expected: [Float]) -> Float {
  guard found.count == expected.count else { return .infinity }
  let scale = expected.reduce(Float.leastNormalMagnitude) { max($0, $1.magnitude) }
  var worst: Float = 0
  for (a, b) in zip(found, expected) {
    let difference = (a - b).magnitude
    if !(difference <= worst) { worst = difference }
  }
  return worst / scale
}
