import Audio
import Foundation
import RunContract
import TestSupport

extension Scratch {
  /// Trains for a moment on ``makeData(train:validation:)``.
  /// - Returns: the last checkpoint's path.
  func trainedCheckpoint(_ change: [String: ParameterValue] = [:]) throws -> String {
    try makeData()
    try config(change)
    let trained = try TrainProgram.run(
      "run", "--config", file("config.json"), "--run-dir", file("run"))
    guard trained.code == 0 else { throw TestError(description: trained.errors) }
    return file("run/checkpoints/final.safetensors")
  }

  /// Writes interleaved channels as 16-bit PCM.
  func writeStereo(_ channels: [[Float]], rate: Int, to name: String) throws {
    var data = Data("RIFF".utf8)
    func append(_ value: some FixedWidthInteger) {
      withUnsafeBytes(of: value.littleEndian) { data.append(contentsOf: $0) }
    }
    let width = 2 * channels.count
    let size = channels[0].count * width
    append(UInt32(36 + size))
    data.append(Data("WAVEfmt ".utf8))
    append(UInt32(16))
    for value in [1, channels.count] { append(UInt16(value)) }
    for value in [rate, rate * width] { append(UInt32(value)) }
    for value in [width, 16] { append(UInt16(value)) }
    data.append(Data("data".utf8))
    append(UInt32(size))
    for frame in channels[0].indices {
      for channel in channels { append(Int16(channel[frame] * 32767)) }
    }
    try data.write(to: URL(fileURLWithPath: file(name)))
  }
}
