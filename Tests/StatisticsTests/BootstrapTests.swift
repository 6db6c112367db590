import Statistics
import Testing

@Suite struct BootstrapTests {
  private struct Content: Decodable {
    struct OneSample: Decodable {
      let sample: String
      let statistic: String
      let level: Double
      let resamples: Int
      let seed: UInt64
      let percentile: [Double]?
      let bca: [Double]?
    }
    struct TwoSample: Decodable {
      let a: String
      let b: String
      let level: Double
      let resamples: Int
      let seed: UInt64
      let percentile: [Double]?
      let bca: [Double]?
    }
    let oneSample: [OneSample]
    let twoSample: [TwoSample]
  }

  /// Both ends within 1e-9 of each other, or within the rounding of values of that size.
  private func agrees(_ interval: ConfidenceInterval?, _ ends: [Double]?, size: Double) -> Bool {
    guard let interval, let ends else { return interval == nil && ends == nil }
    return isClose(interval.low, ends[0], absolute: 1e-14 * size)
      && isClose(interval.high, ends[1], absolute: 1e-14 * size)
  }

  private func size(_ values: [Double]) -> Double { values.map(abs).max() ?? 0 }

  @Test func intervalsAreSciPysOfTheSameResamples() throws {
    let samples = try Reference.samples()
    let cases = try Reference.read("bootstrap", as: Content.self).oneSample
    #expect(cases.count > 40)
    for one in cases {
      let values = try samples[one.sample]
      for (method, ends) in [(BootstrapMethod.percentile, one.percentile), (.bca, one.bca)] {
        let interval = bootstrapInterval(
          of: values, level: one.level, statistic: one.statistic == "mean" ? .mean : .median,
          method: method, resamples: one.resamples, seed: one.seed)
        #expect(
          agrees(interval, ends, size: size(values)),
          "\(one.sample) \(one.statistic) \(method): \(String(describing: interval)), \(ends ?? [])"
        )
      }
    }
  }

  @Test func differencesOfTwoSamplesAreSciPys() throws {
    let samples = try Reference.samples()
    let cases = try Reference.read("bootstrap", as: Content.self).twoSample
    #expect(cases.count > 6)
    for one in cases {
      let (a, b) = (try samples[one.a], try samples[one.b])
      for (method, ends) in [(BootstrapMethod.percentile, one.percentile), (.bca, one.bca)] {
        let interval = twoSampleBootstrapInterval(
          a, b, level: one.level, method: method, resamples: one.resamples, seed: one.seed)
        #expect(
          agrees(interval, ends, size: size(a) + size(b)),
          "\(one.a) \(one.b) \(method): \(String(describing: interval)), \(ends ?? [])")
      }
    }
  }

  @Test func aCustomStatisticIsTakenAsTheNamedOneIs() throws {
    let samples = try Reference.samples()
    for name in ["plain5", "plain7", "plain12"] {
      let values = try samples[name]
      for method in BootstrapMethod.allCases {
        let named = bootstrapInterval(of: values, method: method, seed: 3)
        let custom = bootstrapInterval(
          of: values, statistic: .custom { mean($0) }, method: method, seed: 3)
        #expect(isClose(custom?.low, named?.low, absolute: 1e-15))
        #expect(isClose(custom?.high, named?.high, absolute: 1e-15))
        #expect(named != nil)
      }
    }
  }

  @Test func seedsMatterOnlyWhereResamplesAreDrawn() throws {
    let samples = try Reference.samples()
    let (small, large) = (try samples["plain8"], try samples["plain9"])
    #expect(bootstrapInterval(of: small, seed: 1) == bootstrapInterval(of: small, seed: 2))
    #expect(bootstrapInterval(of: large, seed: 1) == bootstrapInterval(of: large, seed: 1))
    #expect(bootstrapInterval(of: large, seed: 1) != bootstrapInterval(of: large, seed: 2))
  }

  /// All 8⁸ resamples against 200,000 drawn: the ends of 8 values' interval are within 5 standard
  /// errors, √(0.025·0.975/200,000) ≈ 0.00035 of probability, which is about 0.004 of this
  /// interval.
  @Test func manyDrawnResamplesComeNearToAll() throws {
    let values = try Reference.samples()["plain8"]
    let exact = try #require(bootstrapInterval(of: values))
    var generator = Xoshiro256(seed: 11)
    let means = (0..<200_000).map { _ in
      (0..<8).reduce(0) { sum, _ in sum + values[generator.index(below: 8)] } / 8
    }
    let (low, high) = (try #require(quantile(means, 0.025)), try #require(quantile(means, 0.975)))
    let width = exact.high - exact.low
    #expect(abs(low - exact.low) < 0.02 * width)
    #expect(abs(high - exact.high) < 0.02 * width)
  }

  @Test func constantValuesHaveAnIntervalWithoutWidth() {
    let point = ConfidenceInterval(low: 0.1, high: 0.1)
    for method in BootstrapMethod.allCases {
      for statistic in [BootstrapStatistic.mean, .median, .custom { $0.first }] {
        for count in [2, 3, 30] {
          let values = Array(repeating: 0.1, count: count)
          #expect(bootstrapInterval(of: values, statistic: statistic, method: method) == point)
        }
      }
      #expect(
        twoSampleBootstrapInterval([3, 3], [1, 1, 1], method: method)
          == ConfidenceInterval(low: 2, high: 2))
    }
  }

  @Test(arguments: hostileSamples + [[1]]) func noIntervalOfWhatHasNone(_ values: [Double]) {
    for method in BootstrapMethod.allCases {
      for statistic in [BootstrapStatistic.mean, .median, .custom { $0.first }] {
        #expect(bootstrapInterval(of: values, statistic: statistic, method: method) == nil)
      }
      #expect(twoSampleBootstrapInterval(values, [1, 2], method: method) == nil)
      #expect(twoSampleBootstrapInterval([1, 2], values, method: method) == nil)
    }
  }

  @Test func noIntervalForOptionsOutOfBounds() {
    for level in [0, 1, -1, 2, Double.nan, .infinity] {
      #expect(bootstrapInterval(of: [1, 2], level: level) == nil)
      #expect(twoSampleBootstrapInterval([1, 2], [1, 2], level: level) == nil)
    }
    for resamples in [0, -1, Int.min, Int.max] {
      #expect(bootstrapInterval(of: [1, 2], resamples: resamples) == nil)
      #expect(twoSampleBootstrapInterval([1, 2], [1, 2], resamples: resamples) == nil)
    }
  }

  @Test func noIntervalWhereTheStatisticHasNoValue() {
    let long = (0..<20).map(Double.init)
    for values in [[1, 2, 3], long] {
      #expect(bootstrapInterval(of: values, statistic: .custom { _ in nil }) == nil)
      #expect(bootstrapInterval(of: values, statistic: .custom { _ in .nan }) == nil)
      #expect(
        bootstrapInterval(of: values, statistic: .custom { $0[0] == 1 ? nil : 2 }) == nil)
    }
    // The least value is below no resample: BCa's bias is infinite, and SciPy's interval is NaN.
    #expect(
      bootstrapInterval(of: long, statistic: .custom { $0.min().map { -$0 } }, method: .bca)
        .map { $0.low.isFinite } ?? true)
  }

  @Test func valuesNearTheEndsOfTheRange() {
    let largest = Double.greatestFiniteMagnitude
    let least = Double.leastNonzeroMagnitude
    for method in BootstrapMethod.allCases {
      for values in [[largest, -largest, 1], [least, 0, 2 * least], [largest, largest / 2]] {
        let interval = bootstrapInterval(of: values, method: method)
        #expect(interval.map { $0.low <= $0.high && $0.low.isFinite } ?? true)
        let other = twoSampleBootstrapInterval(values, values.map { -$0 }, method: method)
        #expect(other.map { $0.low <= $0.high && $0.high.isFinite } ?? true)
      }
    }
  }

  /// The published first words of splitmix64 from 0 are the state; the first draw is xoshiro256**'s
  /// of it.
  @Test func theGeneratorIsThePublishedOne() {
    var generator = Xoshiro256(seed: 0)
    // rotl(s₁·5, 7)·9 of s₁ = 0x6E789E6AA1B965F4, splitmix64's second word.
    let word: UInt64 = 0x6E78_9E6A_A1B9_65F4
    let product = word &* 5
    #expect(generator.next() == ((product << 7) | (product >> 57)) &* 9)
    #expect((0..<1_000).allSatisfy { _ in (0..<7).contains(generator.index(below: 7)) })
  }
}
