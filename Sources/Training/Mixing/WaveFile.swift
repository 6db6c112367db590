import Audio
import Foundation
import RunContract

/// A mono WAV file in memory, to be written in one durable step.
struct WaveFile {
  /// How samples are stored.
  let format: SampleFormat
  /// What they were multiplied with to fit: below 1 only where 16 bits would have cut peaks.
  let gain: Float
  /// The bytes.
  let data: Data

  /// Encodes samples. 16-bit numbers reach from -1 to 1: louder samples are scaled down as a whole, for
  /// cut peaks would be another sound. Floats stay as they are.
  init(_ samples: [Float], peak: Float, sampleRate: Int, format: SampleFormat) {
    let gain = format == .pcm16 && peak > 1 ? 1 / peak : 1
    self.format = format
    self.gain = gain
    var content = Self.header(count: samples.count, sampleRate: sampleRate, format)
    switch format {
    case .float:
      samples.withUnsafeBytes { content.append(contentsOf: $0) }
    case .pcm16:
      let numbers = samples.map { sample in
        Int16(clamping: Int((sample * gain * 32767).rounded(.toNearestOrEven))).littleEndian
      }
      numbers.withUnsafeBytes { content.append(contentsOf: $0) }
    }
    data = content
  }

  /// RIFF with a format chunk; floats have a fact chunk too, as the format asks of all but PCM.
  private static func header(count: Int, sampleRate: Int, _ format: SampleFormat) -> Data {
    let width = format == .float ? 4 : 2
    let fact = format == .float ? Data("fact".utf8) + bytes(4, 4) + bytes(count, 4) : Data()
    let chunk =
      Data("fmt ".utf8) + bytes(16, 4) + bytes(format == .float ? 3 : 1, 2) + bytes(1, 2)
      + bytes(sampleRate, 4) + bytes(sampleRate * width, 4) + bytes(width, 2) + bytes(8 * width, 2)
    let body = Data("WAVE".utf8) + chunk + fact + Data("data".utf8) + bytes(count * width, 4)
    return Data("RIFF".utf8) + bytes(body.count + count * width, 4) + body
  }

  /// A number in little-endian order.
  private static func bytes(_ value: Int, _ width: Int) -> Data {
    Data((0..<width).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) })
  }
}
