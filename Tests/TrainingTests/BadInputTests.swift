import Audio
import Foundation
import RunContract
import TestSupport
import Testing

/// Data and places that cannot be used: one clear line each, and the right exit code.
@Suite struct BadInputTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func run(_ extra: String...) throws -> TrainProgram.Result {
    try TrainProgram(
      ["run", "--config", scratch.file("config.json"), "--run-dir", scratch.file("run")] + extra
    ).wait()
  }

  /// A WAV file of plain PCM with this header, whatever the data.
  private func wav(
    channels: Int = 1, bits: Int = 16, announced: Int = 6000, samples: Int = 6000
  ) -> Data {
    let width = channels * bits / 8
    var data = Data("RIFF".utf8)
    func append(_ value: some FixedWidthInteger) {
      withUnsafeBytes(of: value.littleEndian) { data.append(contentsOf: $0) }
    }
    append(UInt32(36 + announced * width))
    data.append(Data("WAVEfmt ".utf8))
    append(UInt32(16))
    append(UInt16(1))
    append(UInt16(channels))
    append(UInt32(24_000))
    append(UInt32(24_000 * width))
    append(UInt16(width))
    append(UInt16(bits))
    data.append(Data("data".utf8))
    append(UInt32(announced * width))
    data.append(Data((0..<samples * width).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }))
    return data
  }

  @Test(arguments: [
    ("stereo", 2, 16, 6000, "it has 2 channels, expected 1"),
    ("8-bit", 1, 8, 6000, "it has 8 bits a sample, expected at least 16"),
    ("truncated", 1, 16, 2500, "2500"),
    ("header only", 1, 16, 0, "no samples"),
  ])
  func clips(name: String, channels: Int, bits: Int, samples: Int, message: String) throws {
    try scratch.makeData()
    try scratch.config()
    try wav(channels: channels, bits: bits, samples: samples).write(
      to: URL(fileURLWithPath: scratch.file("data/train/pair_0003_target.wav")))
    let result = try run()
    #expect(result.code == 65)
    #expect(result.errors.contains("pair_0003_target.wav"), "\(result.errors)")
    #expect(result.errors.contains(message), "\(result.errors)")
    #expect(result.errors.split(separator: "\n").count == 1)
    // Nothing was trained before the mistake was seen.
    #expect((try? scratch.records("run"))?.isEmpty ?? true)
  }

  @Test func emptyAndNoAudioAtAll() throws {
    try scratch.makeData()
    try scratch.config()
    for (content, message) in [("", "empty"), ("RIFFish nonsense", "no audio file")] {
      try scratch.write(content, "data/\(DatasetPart.validation.rawValue)/pair_0000_input.wav")
      let result = try run()
      #expect(result.code == 65 && result.errors.contains(message), "\(result.errors)")
    }
  }

  @Test func configs() throws {
    try scratch.makeData()
    for (change, message) in [
      (["corr_weight": .number(-1)], "corr_weight is -1, must be a number from 0"),
      (["penalty": .string("cubik")], "penalty is cubik, must be one of"),
      (["clipping": .string("zklip")], "clipping is zklip, must be one of"),
      (["skip_norm": .string("nun")], "or none"),
      (["silent_targets": .number(0.7), "copied_targets": .number(0.7)], "more than all"),
      (["warmup_step": .number(3)], "did you mean"),
    ] as [([String: ParameterValue], String)] {
      try scratch.config(change)
      let result = try run()
      #expect(result.code == 65 && result.errors.contains(message), "\(result.errors)")
      #expect(result.errors.split(separator: "\n").count == 1)
    }
  }

  /// A file system of 600 kB: the run ends with one line, and what was written before is whole.
  @Test(.enabled(if: SmallDisk.canBeMade, "\(SmallDisk.whyNot)")) func aFullDisk() throws {
    try scratch.makeData()
    try scratch.config(["width": .number(64), "epochs": .number(100_000)])
    let disk = try SmallDisk(at: scratch.file("small"), size: "600k")
    defer { disk.unmount() }
    let result = try TrainProgram.run(
      "run", "--config", scratch.file("config.json"), "--run-dir", scratch.file("small/run"),
      "--checkpoint-every", "0")
    #expect(result.code == 74, "\(result)")
    #expect(result.errors.contains("No space left on device"), "\(result.errors)")
    #expect(result.errors.split(separator: "\n").count == 1)
    let names = try FileManager.default.contentsOfDirectory(
      atPath: scratch.file("small/run/checkpoints"))
    #expect(names.allSatisfy { $0.hasSuffix(".safetensors") }, "no temporary file is left")
  }

  /// An ordinary user in a folder that is not his.
  /// A user namespace has one user, so only the real root can be two.
  @Test(.enabled(if: geteuid() == 0, "becoming another user needs root")) func aReadOnlyFolder()
    async throws
  {
    try scratch.makeData()
    try scratch.config()
    chmod(scratch.path, 0o755)
    let parts = DatasetPart.allCases.map { "data/\($0.rawValue)" }
    for folder in ["data"] + parts {
      chmod(scratch.file(folder), 0o755)
    }
    for file in try FileManager.default.subpathsOfDirectory(atPath: scratch.path) {
      if file.hasSuffix(".wav") || file.hasSuffix(".json") { chmod(scratch.file(file), 0o644) }
    }
    // The program itself may lie where only root can read.
    try FileManager.default.copyItem(
      atPath: product("train"), toPath: scratch.file("train"))
    let result = try await TestSupport.run(
      "/usr/bin/setpriv",
      [
        "--reuid=65534", "--regid=65534", "--clear-groups", scratch.file("train"), "run",
        "--config", scratch.file("config.json"), "--run-dir", scratch.file("run"),
      ])
    #expect(result.status == 74, "\(result)")
    #expect(result.error.contains("cannot create"), "\(result)")
    #expect(result.error.contains("Permission denied"), "\(result)")
    #expect(result.error.split(separator: "\n").count == 1)
  }
}
