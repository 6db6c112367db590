import Audio
import Testing

@Suite struct ResamplerTests {
  /// A tone stays the tone, within 1e-3 away from the ends.
  @Test(arguments: [44_100, 48_000, 22_050, 16_000, 8000])
  func toneSurvives(rate: Int) throws {
    let converted = try resample(
      sine(997, rate: rate, seconds: 1), from: rate, to: 24_000, path: "tone")
    let expected = sine(997, rate: 24_000, seconds: 1)
    #expect(converted.count == 24_000)
    let middle = 2000..<22_000
    #expect(zip(converted[middle], expected[middle]).allSatisfy { abs($0 - $1) < 1e-3 })
  }

  @Test func equalRatesChangeNothing() throws {
    #expect(try resample([1, 2, 3], from: 24_000, to: 24_000, path: "x") == [1, 2, 3])
  }

  @Test func impossibleRatio() {
    let error = #expect(throws: AudioError.self) {
      try resample([1, 2, 3], from: 24_000 * 300, to: 24_000, path: "odd.wav")
    }
    #expect(error?.path == "odd.wav")
  }
}
