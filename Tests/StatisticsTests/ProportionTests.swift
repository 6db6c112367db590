import Statistics
import Testing

@Suite struct ProportionTests {
  private struct Content: Decodable {
    struct Wilson: Decodable {
      let successes: Int
      let trials: Int
      let level: Double
      let low: Double
      let high: Double
    }
    struct Fisher: Decodable {
      let table: [Int]
      let pValue: Double
      let oddsRatio: OddsRatio?
    }
    let wilson: [Wilson]
    let fisher: [Fisher]
  }

  /// A number, or the word `inf`, which JSON has no number for.
  private struct OddsRatio: Decodable {
    let value: Double

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      value = (try? container.decode(Double.self)) ?? .infinity
    }
  }

  @Test func wilsonsIntervalIsStatsmodels() throws {
    for one in try Reference.read("proportions", as: Content.self).wilson {
      let interval = try #require(
        wilsonInterval(successes: one.successes, trials: one.trials, level: one.level))
      #expect(isClose(interval.low, one.low, absolute: 1e-15), "\(one)")
      #expect(isClose(interval.high, one.high, absolute: 1e-15), "\(one)")
    }
  }

  @Test func noneAndAllReachTheEnds() {
    #expect(wilsonInterval(successes: 0, trials: 5)?.low == 0)
    #expect(wilsonInterval(successes: 5, trials: 5)?.high == 1)
    #expect(wilsonInterval(successes: 0, trials: 5)?.contains(0.4) == true)
    #expect(wilsonInterval(successes: 0, trials: 5)?.contains(0.5) == false)
  }

  @Test func noIntervalOfWhatIsNoProportion() {
    for (successes, trials) in [(0, 0), (-1, 3), (4, 3), (0, -1), (Int.max, Int.min), (.min, .max)]
    {
      #expect(wilsonInterval(successes: successes, trials: trials) == nil)
    }
    #expect(wilsonInterval(successes: .max, trials: .max)?.high == 1)
    for level in [0, 1, -1, .nan, .infinity] {
      #expect(wilsonInterval(successes: 1, trials: 2, level: level) == nil)
    }
  }

  @Test func fishersTestIsSciPys() throws {
    let cases = try Reference.read("proportions", as: Content.self).fisher
    #expect(cases.count > 20)
    for one in cases {
      let t = one.table
      let result = try #require(fisherExact(t[0], t[1], t[2], t[3]))
      #expect(isClose(result.pValue, one.pValue), "\(t): \(result.pValue), \(one.pValue)")
      #expect(isClose(result.oddsRatio, one.oddsRatio?.value, relative: 1e-14), "\(t)")
      // The same table seen from the other sides.
      #expect(isClose(fisherExact(t[2], t[3], t[0], t[1])?.pValue, one.pValue), "\(t)")
      #expect(isClose(fisherExact(t[1], t[0], t[3], t[2])?.pValue, one.pValue), "\(t)")
      #expect(isClose(fisherExact(t[0], t[2], t[1], t[3])?.pValue, one.pValue), "\(t)")
    }
  }

  @Test func extremeTables() {
    #expect(fisherExact(-1, 0, 0, 1) == nil)
    #expect(fisherExact(.max, .max, .max, .max) == nil)
    #expect(fisherExact(.min, 1, 1, 1) == nil)
    #expect(fisherExact(1_000_000_000, 0, 0, 1_000_000_000)?.pValue == 0)
    let even = 1_000_000_000
    #expect(fisherExact(even, even, even, even)?.pValue == 1)
  }
}
