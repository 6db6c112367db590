import Audio
import Foundation
import RunContract
import TestSupport
import Testing
import Training

/// What `train mix` makes of files as people have them, and of places it must not or cannot write.
@Suite struct MixFileTests {
  let scratch: Scratch
  private let checkpoint: String

  init() throws {
    scratch = try Scratch()
    checkpoint = try scratch.trainedCheckpoint()
    for (name, number) in [("a.wav", 1), ("b.wav", 2)] {
      try writeWAV(
        movingTone(number, samples: 12_000), sampleRate: 24_000, to: scratch.file(name))
    }
  }

  private func mix(
    _ input: String = "a.wav", _ target: String = "b.wav", output: String = "mix.wav",
    _ more: String...
  ) throws -> TrainProgram.Result {
    try TrainProgram(
      [
        "mix", "--checkpoint", checkpoint, "--input", scratch.file(input), "--target",
        scratch.file(target), "--output", scratch.file(output),
      ] + more
    ).wait()
  }

  private func samples(_ name: String = "mix.wav") throws -> [Float] {
    try AudioReader(scratch.file(name)).readMono()
  }

  @Test func stereoIsMixedDown() throws {
    let (left, right) = (movingTone(3, samples: 44_100), movingTone(4, samples: 44_100))
    try scratch.writeStereo([left, right], rate: 44_100, to: "stereo.wav")
    try scratch.writeStereo(
      [zip(left, right).map { ($0 + $1) / 2 }], rate: 44_100, to: "mono.wav")
    let stereo = try mix("stereo.wav", "stereo.wav", "--float")
    #expect(stereo.code == 0 && stereo.errors.contains("2 channels are mixed down"))
    let mixed = try samples()
    #expect(mixed.count == 24_000)
    let mono = try mix("mono.wav", "mono.wav", output: "of-mono.wav", "--float")
    #expect(mono.code == 0 && !mono.errors.contains("channels"))
    let largest = zip(mixed, try samples("of-mono.wav")).map { abs($0 - $1) }.max() ?? 1
    #expect(largest < 1e-3, "16 bits apart, not more: \(largest)")
  }

  /// 16 bits hold nothing above 1: the whole is scaled and said so, floats stay as they are.
  @Test func nothingIsCutAtFullScale() throws {
    for name in ["a.wav", "b.wav"] {
      try writeWAV(
        movingTone(1, samples: 12_000).map { $0 * 6 }, sampleRate: 24_000, to: scratch.file(name))
    }
    let exact = try mix(output: "float.wav", "--float", "--json")
    // On a busy machine it also says how far it is.
    #expect(exact.code == 0 && !exact.errors.contains("scaled"), "\(exact.errors)")
    let peak = try #require(JSONValue(parsing: exact.output)["peak"]?.number)
    let floats = try samples("float.wav")
    #expect(peak > 1.2 && Float(peak) == floats.map(\.magnitude).max())

    let scaled = try mix("a.wav", "b.wav", "--json")
    #expect(scaled.code == 0 && scaled.errors.contains("scaled by"), "\(scaled.errors)")
    let gain = try #require(JSONValue(parsing: scaled.output)["gain"]?.number)
    #expect(abs(gain * peak - 1) < 1e-6)
    let largest = zip(try samples(), floats).map { abs($0 - $1 * Float(gain)) }.max() ?? 1
    #expect(largest < 1e-4, "\(largest)")
  }

  @Test func silenceHasNoVerdict() throws {
    for name in ["a.wav", "b.wav"] {
      try writeWAV(
        [Float](repeating: 0, count: 12_000), sampleRate: 24_000, to: scratch.file(name))
    }
    let result = try mix()
    #expect(result.code == 0 && result.output.contains("none, the mix is silent"))
    #expect(try samples().allSatisfy { $0 == 0 })
  }

  /// Neither by its name, by another spelling of it, nor by a link.
  @Test func sourcesAndCheckpointAreNotOverwritten() throws {
    let manager = FileManager.default
    try manager.createSymbolicLink(
      atPath: scratch.file("link.wav"), withDestinationPath: scratch.file("a.wav"))
    let before = try readFile(scratch.file("a.wav"))
    for output in ["a.wav", "run/../a.wav", "link.wav", "run/checkpoints/final.safetensors"] {
      let result = try mix(output: output)
      #expect(result.code == 64 && result.errors.contains("same file"), "\(result.errors)")
    }
    let drawing = try mix("a.wav", "b.wav", "--svg", scratch.file("mix.wav"))
    #expect(drawing.code == 64 && drawing.errors.contains("--svg and --output"))
    #expect(try readFile(scratch.file("a.wav")) == before)
    let folder = try mix(output: "run")
    #expect(folder.code == 64 && folder.errors.contains("is a folder"))
  }

  @Test func filesThatAreNoModelOrNoAudio() throws {
    let missing = try mix("none.wav")
    #expect(missing.code == 65 && missing.errors.contains("none.wav"))
    #expect(missing.errors.split(separator: "\n").count == 1)
    try scratch.write("no audio at all", "text.wav")
    #expect(try mix("text.wav").errors.contains("no audio file"))
    let result = try TrainProgram.run(
      "mix", "--checkpoint", scratch.file("a.wav"), "--input", scratch.file("a.wav"), "--target",
      scratch.file("b.wav"), "--output", scratch.file("mix.wav"))
    #expect(result.code == 65 && result.errors.contains("cannot use the checkpoint"))
    #expect(!FileManager.default.fileExists(atPath: scratch.file("mix.wav")))
  }

  /// A model whose training went astray is told from sources that are at fault.
  @Test func aModelOfNaNs() throws {
    var broken = try Checkpoint.read(checkpoint)
    let name = "input.bias"
    let bias = try #require(broken.parameters[name])
    broken.parameters[name] = .init(
      shape: bias.shape, values: [.nan] + bias.values.dropFirst())
    try writeDurably(broken.data, to: checkpoint)
    let result = try mix()
    #expect(result.code == 65 && result.errors.contains(name), "\(result.errors)")
  }

  @Test func soundsBeyondAllMeasure() throws {
    try writeWAV(
      movingTone(1, samples: 12_000).map { $0 * 1e38 }, sampleRate: 24_000,
      to: scratch.file("a.wav"))
    let result = try mix()
    #expect(result.code == 65 && result.errors.contains("too loud"), "\(result.errors)")
  }
}
