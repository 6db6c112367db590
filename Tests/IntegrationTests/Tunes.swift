import Foundation
import RunContract

/// Three seconds of a tone whose loudness moves, as 16-bit mono WAV at 24 kHz.
func writeTune(pitch: Double, to path: String) throws {
  let rate = 24_000
  let samples = (0..<(3 * rate)).map { index -> Int16 in
    let time = Double(index) / Double(rate)
    let loudness = 0.3 + 0.25 * sin(2 * .pi * (0.7 + pitch / 400) * time)
    return Int16(loudness * sin(2 * .pi * pitch * time) * 32_000)
  }
  var data = Data("RIFF".utf8)
  func append(_ value: some FixedWidthInteger) {
    withUnsafeBytes(of: value.littleEndian) { data.append(contentsOf: $0) }
  }
  append(UInt32(36 + samples.count * 2))
  data.append(Data("WAVEfmt ".utf8))
  append(UInt32(16))
  for value in [UInt16(1), 1] { append(value) }
  for value in [UInt32(rate), UInt32(rate * 2)] { append(value) }
  for value in [UInt16(2), 16] { append(value) }
  data.append(Data("data".utf8))
  append(UInt32(samples.count * 2))
  for sample in samples { append(sample) }
  try makeDirectory((path as NSString).deletingLastPathComponent)
  try data.write(to: URL(fileURLWithPath: path))
}
