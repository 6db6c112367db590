import Audio
import Autograd
import TestSupport
import Testing
import Training

/// Long signals are cut for mixing and for resampling: the result is that of the whole.
@Suite struct MixPieceTests {
  /// A depth of 7 reaches 64 groups to each side; strides that do and do not divide a frame's half.
  @Test(arguments: [(7, 4), (2, 1), (1, 3)])
  func piecesMakeTheMixOfTheWhole(depth: Int, stride: Int) throws {
    let scratch = try Scratch()
    let model = try TrainedModel(
      scratch.trainedCheckpoint([
        "depth": .number(Double(depth)), "stride": .number(Double(stride)),
        "init_scale": .number(3),
      ]))
    let count = 400_123
    let (input, target) = (movingTone(7, samples: count), movingTone(8, samples: count))
    let whole = try Mixer(model, pieceLength: count).mix(input, target)
    var told: [Int] = []
    let cut = try Mixer(model, pieceLength: 90_000).mix(input, target) { told.append($0) }
    #expect(told.count >= 5 && told.last == count && cut.output.count == count)
    let largest = zip(whole.output, cut.output).map { abs($0 - $1) }.max() ?? 1
    #expect(largest < 2e-6, "\(largest)")
    #expect(abs(whole.maskInput - cut.maskInput) < 1e-6)
    #expect(abs(whole.maskTarget - cut.maskTarget) < 1e-6)
    #expect(abs(whole.correlationInput - cut.correlationInput) < 1e-5)
    // The masks move with the sound, or nothing would be seen of a seam.
    #expect(Set(whole.envelopes[0]).count > 100)
  }

  @Test(arguments: [(44_100, 1_000_000), (48_000, 1_000_001), (11_025, 333_333), (44_101, 900_000)])
  func stretchesMakeTheSignalOfTheWhole(rate: Int, count: Int) throws {
    let samples = movingTone(9, samples: count)
    let whole = try resample(samples, from: rate, to: 24_000, path: "a")
    let cut = try resampled(samples, from: rate, to: 24_000, count: whole.count, path: "a")
    let largest = zip(whole, cut).map { abs($0 - $1) }.max() ?? 1
    #expect(whole.count == cut.count && largest < 1e-6, "\(largest)")
    let part = try resampled(samples, from: rate, to: 24_000, count: 300_000, path: "a")
    #expect(part == Array(cut.prefix(300_000)))
  }
}
