import Audio
import Autograd
import Foundation
import FoundationXML
import RunContract
import TestSupport
import Testing
import Training

/// `train mix` and `train evaluate` as built, with a model that was trained for a moment.
@Suite struct MixTests {
  let scratch: Scratch
  private let checkpoint: String

  init() throws {
    scratch = try Scratch()
    try scratch.makeData()
    try scratch.config()
    let trained = try TrainProgram.run(
      "run", "--config", scratch.file("config.json"), "--run-dir", scratch.file("run"))
    guard trained.code == 0 else { throw TestError(description: trained.errors) }
    checkpoint = scratch.file("run/checkpoints/final.safetensors")
  }

  private func mix(
    _ input: [Float], _ target: [Float], rate: Int = 24_000, output: String = "mix.wav",
    _ more: String...
  ) throws -> TrainProgram.Result {
    try writeWAV(input, sampleRate: rate, to: scratch.file("a.wav"))
    try writeWAV(target, sampleRate: 24_000, to: scratch.file("b.wav"))
    return try TrainProgram(
      [
        "mix", "--checkpoint", checkpoint, "--input", scratch.file("a.wav"), "--target",
        scratch.file("b.wav"), "--output", scratch.file(output),
      ] + more
    ).wait()
  }

  private func samples(_ name: String = "mix.wav") throws -> [Float] {
    try AudioReader(scratch.file(name)).readMono()
  }

  /// Pearson's correlation of the peaks of segments of 400 samples: 6000 samples in 15 segments.
  private func correlation(_ a: [Float], _ b: [Float]) -> Double {
    func peaks(_ x: [Float]) -> [Double] {
      (0..<x.count / 400).map { part in
        Double(x[part * 400..<(part + 1) * 400].map(\.magnitude).max() ?? 0)
      }
    }
    func mean(_ x: [Double]) -> Double { x.reduce(0, +) / Double(x.count) }
    let (x, y) = (peaks(a), peaks(b))
    let (dx, dy) = (x.map { $0 - mean(x) }, y.map { $0 - mean(y) })
    let variances = [dx, dy].map { (mean($0.map { $0 * $0 }) + 1e-6).squareRoot() }
    return mean(zip(dx, dy).map { $0 * $1 }) / (variances[0] * variances[1])
  }

  @Test func theReportIsOfTheFile() throws {
    let (a, b) = (movingTone(1, samples: 30_000), movingTone(2, samples: 24_321))
    let result = try mix(a, b, "--json", "--float", "--svg", scratch.file("mix.svg"))
    #expect(result.code == 0, "\(result.errors)")
    #expect(result.errors.contains("the shorter decides"))
    let mixed = try samples()
    #expect(mixed.count == 24_321)
    let report = try JSONValue(parsing: result.output)
    for (name, source) in [("input", Array(a[..<24_321])), ("target", b)] {
      let c = try #require(report["correlation_\(name)"]?.number)
      #expect(abs(c - correlation(mixed, source)) < 1e-5, "\(name)")
    }
    #expect(report["verdict"]?.string != nil && report["segment_seconds"]?.number == 400 / 24_000)
    let svg = try readFile(scratch.file("mix.svg"))
    #expect(svg.count < 300_000 && XMLParser(data: svg).parse())
    let names = try FileManager.default.contentsOfDirectory(atPath: scratch.path)
    #expect(!names.contains { $0.hasSuffix(".tmp") })
  }

  /// A clip of the training's length becomes the waveform that training made of it, to the bit.
  @Test func aClipIsMixedAsInTraining() throws {
    let (input, target) = (movingTone(3), movingTone(4))
    #expect(try mix(input, target, "--float").code == 0)
    #expect(try samples() == modelMix(input, target))
  }

  /// Beyond a minute a recording is mixed in pieces: nothing of the seams is to be seen.
  @Test func longRecordingsHaveNoSeams() throws {
    let (a, b) = (movingTone(5, samples: 70 * 24_000), movingTone(6, samples: 70 * 24_000))
    let offset = 960 * 1024
    #expect(try mix(a, b, output: "long.wav", "--float").code == 0)
    #expect(
      try mix(
        Array(a[offset...]), Array(b[offset...]), output: "end.wav", "--float"
      ).code == 0)
    // The seam is at 60 s; both have everything the network sees around it. Frames and groups of
    // frames begin at the same places: the offset is a whole number of groups of 4 × 256 samples.
    let (long, end) = (try samples("long.wav"), try samples("end.wav"))
    let range = 55 * 24_000..<65 * 24_000
    let largest = range.map { abs(long[$0] - end[$0 - offset]) }.max() ?? 1
    #expect(largest < 1e-5, "\(largest)")
  }

  @Test func otherRatesAndSilence() throws {
    let result = try mix(
      movingTone(1, samples: 44_100), [Float](repeating: 0, count: 24_000), rate: 44_100, "--json")
    #expect(result.code == 0 && result.errors.contains("resampled from 44100 to 24000 Hz"))
    #expect(try samples().count == 24_000)
    #expect(try JSONValue(parsing: result.output)["correlation_target"]?.number == 0)
  }

  @Test(
    arguments: [
      ([Float](repeating: .nan, count: 24_000), "no finite numbers"), ([], "no samples"),
      ([Float](repeating: 0.1, count: 300), "short"),
    ] as [([Float], String)])
  func recordingsThatCannotBeMixed(samples: [Float], message: String) throws {
    let result = try mix(samples, movingTone(1))
    #expect(result.code == 65 && result.errors.contains("a.wav"), "\(result.errors)")
    #expect(result.errors.contains(message), "\(result.errors)")
    #expect(!FileManager.default.fileExists(atPath: scratch.file("mix.wav")))
  }

  @Test func placesThatCannotBeWritten() throws {
    let own = try mix(movingTone(1), movingTone(2), output: "b.wav")
    #expect(own.code == 64 && own.errors.contains("same file"))
    #expect(try samples("b.wav").count == 6000)
    let nowhere = try mix(movingTone(1), movingTone(2), output: "no/mix.wav")
    #expect(nowhere.code == 74 && nowhere.errors.contains("no/mix.wav"))
    try readFile(checkpoint).dropLast(9).write(to: URL(fileURLWithPath: checkpoint))
    let torn = try mix(movingTone(1), movingTone(2))
    #expect(torn.code == 65 && torn.errors.contains("cut short"))
  }

  /// The means are the metrics of the last epoch.
  @Test func evaluationIsTheValidation() throws {
    let result = try TrainProgram.run(
      "evaluate", "--checkpoint", checkpoint, "--data", scratch.file("data"), "--json", "--svg",
      scratch.file("evaluation.svg"))
    #expect(result.code == 0, "\(result.errors)")
    let report = try JSONValue(parsing: result.output)
    #expect(report["pairs"]?.array?.count == 2)
    let last = try #require(scratch.records("run").last)
    for name in ["loss", "corr_penalty", "c_input", "c_target", "rms_input", "balance"] {
      let (mean, metric) = (report["means"]?[name]?.number, last.values["val_" + name])
      #expect(abs((mean ?? .nan) - (metric ?? .nan)) < 1e-6, "\(name)")
    }
    #expect(XMLParser(data: try readFile(scratch.file("evaluation.svg"))).parse())
    let table = try TrainProgram.run(
      "evaluate", "--checkpoint", checkpoint, "--data", scratch.file("data"), "--part", "train")
    #expect(table.code == 0 && table.output.contains("pair_0004"))
    let nothing = try TrainProgram.run(
      "evaluate", "--checkpoint", checkpoint, "--data", scratch.file("none"))
    #expect(nothing.code == 65)
  }

  /// What ``MixingModel/mix(_:clips:on:)`` makes of two clips with the checkpoint's weights.
  private func modelMix(_ input: [Float], _ target: [Float]) throws -> [Float] {
    let loaded = try Checkpoint.read(checkpoint)
    let settings = try TrainSettings(loaded.config)
    let pool = BufferPool()
    let analysis = SourceAnalysis(
      sampleCount: input.count, segments: settings.segments, stride: settings.network.stride,
      threads: 1, pool: pool)
    let model = try MixingModel(settings, analysis: analysis, pool: pool)
    try loaded.restore(model.network.parameters, path: checkpoint)
    let batch = Batch(
      names: ["a"], inputs: [analysis.source(input)], targets: [analysis.source(target)])
    return model.mix(batch, on: Tape(pool: pool, recording: false)).output.array
  }
}
