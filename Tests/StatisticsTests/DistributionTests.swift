import Statistics
import Testing

@Suite struct DistributionTests {
  private struct Content: Decodable {
    let normal: [[Double]]
    let cdf: [[Double]]
    let t: [[Double]]
  }

  @Test func quantilesAreSciPys() throws {
    let content = try Reference.read("distributions", as: Content.self)
    for row in content.normal {
      #expect(isClose(normalQuantile(row[0]), row[1], relative: 1e-13, absolute: 1e-16), "\(row)")
    }
    for row in content.cdf {
      #expect(isClose(normalCDF(row[0]), row[1], relative: 1e-12, absolute: 1e-300), "\(row)")
    }
    #expect(content.t.count > 50)
    for row in content.t {
      #expect(
        isClose(tQuantile(row[0], degreesOfFreedom: row[1]), row[2], relative: 1e-9), "\(row)")
    }
  }

  @Test func quantilesAreSymmetric() {
    #expect(normalQuantile(0.5) == 0)
    #expect(tQuantile(0.5, degreesOfFreedom: 4) == 0)
    #expect(
      tQuantile(0.25, degreesOfFreedom: 4) == tQuantile(0.75, degreesOfFreedom: 4).map { -$0 })
    #expect(normalQuantile(0.25) == normalQuantile(0.75).map { -$0 })
  }

  @Test(arguments: [0.0, 1, -1, 2, Double.nan, .infinity, -Double.infinity])
  func noQuantileOfWhatIsNoShare(_ p: Double) {
    #expect(normalQuantile(p) == nil)
    #expect(tQuantile(p, degreesOfFreedom: 3) == nil)
  }

  @Test(arguments: [0.0, -1, Double.nan, Double.infinity])
  func noQuantileWithoutDegreesOfFreedom(_ nu: Double) {
    #expect(tQuantile(0.9, degreesOfFreedom: nu) == nil)
  }

  @Test func extremeSharesHaveAnAnswer() {
    let least = Double.leastNonzeroMagnitude
    #expect(normalQuantile(least).map { $0 < -38 && $0 > -39 } == true)
    #expect(tQuantile(least, degreesOfFreedom: 0.01) == nil)
    #expect(isClose(tQuantile(1e-100, degreesOfFreedom: 1), -1 / (1e-100 * .pi)))
    #expect(normalCDF(.nan).isNaN)
    #expect(normalCDF(.infinity) == 1)
    #expect(normalCDF(-.infinity) == 0)
  }
}
