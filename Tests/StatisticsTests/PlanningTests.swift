import Statistics
import Testing

@Suite struct PlanningTests {
  private struct Content: Decodable {
    struct Power: Decodable {
      let paired: Bool
      let effect: Double
      let count: Int
      let alpha: Double
      let power: Double
    }
    struct Seeds: Decodable {
      let difference: Double
      let deviation: Double
      let paired: Bool
      let power: Double
      let alpha: Double
      let count: Int
    }
    let power: [Power]
    let seeds: [Seeds]
  }

  @Test func powerIsStatsmodels() throws {
    let cases = try Reference.read("planning", as: Content.self).power
    #expect(cases.count > 100)
    for one in cases {
      let power = tTestPower(
        effect: one.effect, count: one.count, paired: one.paired, alpha: one.alpha)
      #expect(isClose(power, one.power, relative: 1e-9), "\(one) \(power ?? .nan)")
    }
  }

  @Test func seedsAreStatsmodelsRoundedUp() throws {
    for one in try Reference.read("planning", as: Content.self).seeds {
      let count = seedsNeeded(
        difference: one.difference, standardDeviation: one.deviation, paired: one.paired,
        power: one.power, alpha: one.alpha)
      #expect(count == one.count, "\(one)")
    }
  }

  @Test func seedsOfExtremes() {
    func seeds(_ difference: Double, _ deviation: Double, power: Double = 0.8, alpha: Double = 0.05)
      -> Int?
    {
      seedsNeeded(
        difference: difference, standardDeviation: deviation, paired: true, power: power,
        alpha: alpha)
    }
    #expect(seeds(1, 0) == 2)
    #expect(seeds(1e6, 1e-300) == 2)
    #expect(seeds(1e6, 1) == 2)
    // By numerical integration of the noncentral distribution: 816,742 pairs have a power of
    // 0.79999962, one more 0.80000010. (statsmodels says 816,741: SciPy's nctdtr loses digits
    // here.)
    #expect(seeds(0.0031, 1) == 816_743)
    #expect(isClose(seeds(1e-7, 1).map(Double.init), 784_887_973_434_911))
    for (difference, deviation) in [
      (0.0, 1.0), (.nan, 1), (.infinity, 1), (1, .nan), (1, .infinity), (1, -1), (0, 0), (1e-30, 1),
    ] {
      #expect(seeds(difference, deviation) == nil)
    }
    for share in [0, 1, -1, 2, Double.nan, .infinity] {
      #expect(seeds(1, 1, power: share) == nil)
      #expect(seeds(1, 1, alpha: share) == nil)
    }
    #expect(seeds(1, 1, power: 0.04) == nil)
    #expect(seeds(1, 1, power: 0.999_999_9) == nil)
    #expect(seeds(1, 1, power: 0.999_999).map { $0 < 100 } == true)
    #expect(seeds(1, 1, alpha: 1e-12).map { $0 > 20 && $0 < 200 } == true)
    // No trap, whatever the answer.
    _ = seeds(5, 1, alpha: 1e-300)
    _ = seeds(5, 1, alpha: .leastNonzeroMagnitude)
  }

  @Test func noPowerOfWhatHasNone() {
    #expect(tTestPower(effect: 1, count: 1, paired: true) == nil)
    #expect(tTestPower(effect: 1, count: .min, paired: true) == nil)
    #expect(tTestPower(effect: .nan, count: 5, paired: true) == nil)
    #expect(tTestPower(effect: .infinity, count: 5, paired: true) == nil)
    #expect(tTestPower(effect: 1, count: 5, paired: true, alpha: .nan) == nil)
    #expect(tTestPower(effect: .greatestFiniteMagnitude, count: 5, paired: true) == 1)
    #expect(isClose(tTestPower(effect: 0, count: 5, paired: true), 0.05))
    #expect(isClose(tTestPower(effect: 1e6, count: 2, paired: true), 1))
  }

  @Test func smallestPValues() {
    #expect(smallestPossiblePValue(pairs: 0) == nil)
    #expect(smallestPossiblePValue(pairs: .min) == nil)
    #expect(smallestPossiblePValue(pairs: 1) == 1)
    #expect(smallestPossiblePValue(pairs: 3) == 0.25)
    #expect(smallestPossiblePValue(pairs: 6) == 0.03125)
    #expect(smallestPossiblePValue(pairs: .max).map { $0 > 0 } == true)
    #expect(smallestPossiblePValue(groups: 0, 3) == nil)
    #expect(smallestPossiblePValue(groups: .min, .max) == nil)
    #expect(smallestPossiblePValue(groups: 1, 1) == 1)
    #expect(isClose(smallestPossiblePValue(groups: 3, 3), 0.1))
    #expect(isClose(smallestPossiblePValue(groups: 2, 4), 2.0 / 15))
    #expect(smallestPossiblePValue(groups: .max, .max).map { $0 < 1e-200 } == true)
  }

  @Test func smallestPValuesAreWhatTheTestsGive() {
    for count in 2...12 {
      let apart = (1...count).map(Double.init)
      let least = smallestPossiblePValue(pairs: count)
      #expect(wilcoxonSignedRank(apart)?.pValue == least)
      #expect(signFlipTest(apart)?.pValue == least)
      let others = apart.map { $0 + 100 } + [500]
      #expect(
        isClose(
          permutationTest(apart, others)?.pValue, smallestPossiblePValue(groups: count, count + 1))
          || count > 9)
    }
  }

  @Test func fewestSeeds() {
    #expect(fewestPairs() == 6)
    #expect(fewestPairs(alpha: 0.01) == 8)
    #expect(fewestPerGroup() == 4)
    #expect(fewestPerGroup(alpha: 0.01) == 5)
    for alpha in [0, 1, -1, .nan, .infinity] {
      #expect(fewestPairs(alpha: alpha) == nil)
      #expect(fewestPerGroup(alpha: alpha) == nil)
    }
  }
}
