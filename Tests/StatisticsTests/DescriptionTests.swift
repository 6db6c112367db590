import Statistics
import Testing

@Suite struct DescriptionTests {
  private struct Content: Decodable {
    struct Case: Decodable {
      let sample: String
      let mean: Double
      let median: Double
      let deviation: Double?
      let quantiles: [Double]
    }
    let cases: [Case]
  }

  @Test func meansAndQuantilesAreNumPysToTheLastBit() throws {
    let samples = try Reference.samples()
    let cases = try Reference.read("description", as: Content.self).cases
    #expect(cases.count > 25)
    for one in cases {
      let values = try samples[one.sample]
      #expect(mean(values) == one.mean, "\(one.sample)")
      #expect(median(values) == one.median, "\(one.sample)")
      let quantiles = [0, 0.025, 0.25, 0.31, 0.5, 0.9, 1].map { quantile(values, $0) }
      #expect(quantiles == one.quantiles, "\(one.sample)")
    }
  }

  @Test func deviationsAreNumPys() throws {
    let samples = try Reference.samples()
    for one in try Reference.read("description", as: Content.self).cases {
      // Of a constant, NumPy may leave the rounding of its mean.
      let deviation = sampleStandardDeviation(try samples[one.sample])
      #expect(isClose(deviation, one.deviation, relative: 1e-14, absolute: 1e-16), "\(one.sample)")
    }
  }

  @Test func theOrderOfValuesDoesNotMatterToQuantiles() {
    #expect(median([3, 1, 2]) == 2)
    #expect(median([4, 1, 3, 2]) == 2.5)
    #expect(quantile([3, 1, 2], 0.25) == 1.5)
  }

  @Test func constantsAndSingleValues() {
    #expect(mean([0.1]) == 0.1)
    #expect(median([0.1]) == 0.1)
    #expect(quantile([0.1], 0.3) == 0.1)
    #expect(sampleStandardDeviation([0.1]) == nil)
    #expect(sampleStandardDeviation([0.1, 0.1, 0.1]) == 0)
  }

  @Test func valuesNearTheEndsOfTheRange() {
    let largest = Double.greatestFiniteMagnitude
    #expect(mean([largest, largest]) == largest)
    #expect(median([largest, largest]) == largest)
    #expect(quantile([-largest, largest], 0.5) == 0)
    #expect(isClose(sampleStandardDeviation([1e300, 3e300]), 2e300 / 2.0.squareRoot()))
    #expect(isClose(sampleStandardDeviation([1e-300, 3e-300]), 2e-300 / 2.0.squareRoot()))
  }

  @Test(arguments: hostileSamples) func noAnswerToWhatHasNone(_ values: [Double]) {
    #expect(mean(values) == nil)
    #expect(median(values) == nil)
    #expect(quantile(values, 0.5) == nil)
    #expect(sampleStandardDeviation(values) == nil)
  }

  @Test(arguments: [-0.1, 1.1, Double.nan, .infinity, -Double.infinity])
  func noQuantileOutsideTheRange(_ q: Double) { #expect(quantile([1, 2], q) == nil) }
}
