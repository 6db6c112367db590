import Audio
import Foundation
import RunContract
import TestSupport
import Testing
import Training

/// `train evaluate` on pairs that are not those of the training, and in both of its forms.
@Suite struct EvaluateTests {
  let scratch: Scratch
  private let checkpoint: String

  init() throws {
    scratch = try Scratch()
    checkpoint = try scratch.trainedCheckpoint()
  }

  private func evaluate(_ folder: String, _ more: String...) throws -> TrainProgram.Result {
    try TrainProgram(
      ["evaluate", "--checkpoint", checkpoint, "--data", scratch.file(folder)] + more
    ).wait()
  }

  private func makePair(_ folder: String, _ number: Int, samples: Int) throws {
    try makeDirectory(scratch.file("\(folder)/val"))
    for (index, role) in PairRole.allCases.enumerated() {
      try writeWAV(
        movingTone(number * 2 + index, samples: samples), sampleRate: 24_000,
        to: scratch.file("\(folder)/" + pairFile(.validation, number, role)))
    }
  }

  /// Clips of 15 segments in training, here of 25 and a half: no training part, an odd pair left for
  /// the last batch of two. Each pair's |c| is that which `train mix` finds.
  @Test func clipsOfAnotherLength() throws {
    for number in 0..<3 { try makePair("long", number, samples: 10_200) }
    let result = try evaluate("long", "--json")
    #expect(result.code == 0 && result.errors.contains("are left out"), "\(result.errors)")
    let report = try JSONValue(parsing: result.output)
    #expect(report["segments"]?.integer == 25 && report["batch_size"]?.integer == 2)
    let pairs = try #require(report["pairs"]?.array)
    #expect(pairs.map { $0["pair"]?.string } == (0..<3).map { "val/pair_000\($0)" })
    for name in ["c_input", "c_target", "rms_target", "corr_penalty", "mask_input"] {
      let values = pairs.compactMap { $0[name]?.number }
      let mean = try #require(report["means"]?[name]?.number)
      #expect(values.count == 3 && abs(values.reduce(0, +) / 3 - mean) < 1e-6, "\(name)")
    }
    // Both measure what is left of a clip without its last half segment.
    for (index, role) in PairRole.allCases.enumerated() {
      let path = scratch.file("long/" + pairFile(.validation, 1, role))
      let whole = try AudioReader(path).readMono()
      try writeWAV(
        Array(whole.prefix(10_000)), sampleRate: 24_000, to: scratch.file("\(index).wav"))
    }
    let mixed = try TrainProgram.run(
      "mix", "--checkpoint", checkpoint, "--input", scratch.file("0.wav"), "--target",
      scratch.file("1.wav"), "--output", scratch.file("mix.wav"), "--json")
    let mix = try JSONValue(parsing: mixed.output)
    for name in ["c_input", "c_target", "mask_input", "mask_target"] {
      let (a, b) = (pairs[1][name]?.number ?? .nan, mix[name]?.number ?? .nan)
      #expect(abs(a - b) < 1e-6, "\(name)")
    }
    #expect(pairs[1]["verdict"] == mix["verdict"])
  }

  @Test func theTableHasARowForEachPair() throws {
    let result = try evaluate("data")
    let lines = result.output.split(separator: "\n")
    #expect(result.code == 0 && lines.count == 6, "\(result.output)")
    #expect(
      lines[0].hasPrefix("val") && lines[0].contains("|c| target") && lines[0].contains("loss"))
    #expect(lines[1].hasPrefix("pair_0000") && lines[3].hasPrefix("mean"))
  }

  @Test func foldersThatCannotBeMeasured() throws {
    try makePair("short", 0, samples: 700)
    let short = try evaluate("short")
    #expect(short.code == 65 && short.errors.contains("less than two segments"))
    try makePair("half", 0, samples: 6000)
    let half = "half/" + pairFile(.validation, 0, .target)
    try FileManager.default.removeItem(atPath: scratch.file(half))
    let result = try evaluate("half")
    #expect(result.code == 65 && result.errors.contains("pair_0000_target.wav is missing"))
    try makePair("mixed", 0, samples: 6000)
    try makePair("mixed", 1, samples: 6400)
    let mixed = try evaluate("mixed")
    #expect(mixed.code == 65 && mixed.errors.contains("pair_0001"))
    let none = try evaluate("mixed", "--part", "train")
    #expect(none.code == 65 && none.errors.contains("no pairs train/"))
    let nowhere = try evaluate("data", "--svg", scratch.file("no/e.svg"))
    #expect(nowhere.code == 74 && nowhere.errors.contains("no/e.svg"))
    #expect(try evaluate("data", "--part", "test").code == 64)
  }
}
