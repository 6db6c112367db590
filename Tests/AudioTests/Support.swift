import Audio
import Foundation
import TestSupport

extension Scratch {
  func file(_ name: String) -> String { self(name) }

  func write(_ data: Data, _ name: String) throws -> String {
    let path = file(name)
    try FileManager.default.createDirectory(
      atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    try data.write(to: URL(fileURLWithPath: path))
    return path
  }

  /// Names of all files below the folder, sorted.
  var names: [String] {
    (FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []).sorted()
  }
}

/// A sine.
func sine(_ frequency: Double, rate: Int, seconds: Double, amplitude: Double = 0.5) -> [Float] {
  (0..<Int(seconds * Double(rate))).map {
    Float(amplitude * sin(2 * Double.pi * frequency * Double($0) / Double(rate)))
  }
}

/// A WAV file made by hand: interleaved 16-bit samples.
func wavBytes(_ samples: [Int16], channels: Int, rate: Int) -> Data {
  var data = Data()
  func append<Number: FixedWidthInteger>(_ number: Number) {
    withUnsafeBytes(of: number.littleEndian) { data.append(contentsOf: $0) }
  }
  let bytes = UInt32(samples.count * 2)
  data.append(Data("RIFF".utf8))
  append(36 + bytes)
  data.append(Data("WAVEfmt ".utf8))
  append(UInt32(16))
  append(UInt16(1))
  append(UInt16(channels))
  append(UInt32(rate))
  append(UInt32(rate * channels * 2))
  append(UInt16(channels * 2))
  append(UInt16(16))
  data.append(Data("data".utf8))
  append(bytes)
  for sample in samples { append(sample) }
  return data
}
