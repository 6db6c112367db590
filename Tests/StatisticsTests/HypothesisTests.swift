import Statistics
import Testing

@Suite struct HypothesisTests {
  private struct Content: Decodable {
    struct Wilcoxon: Decodable {
      let sample: String
      let statistic: Double
      let pValue: Double
    }
    struct SignFlip: Decodable {
      let sample: String
      let statistic: Double
      let exact: Double?
      let sampled: Double?
      let resamples: Int
      let seed: UInt64
    }
    struct Permutation: Decodable {
      let a: String
      let b: String
      let statistic: Double
      let exact: Double?
      let sampled: Double?
      let resamples: Int
      let seed: UInt64
    }
    struct Holm: Decodable {
      let pValues: [Double]
      let adjusted: [Double]
    }
    let wilcoxon: [Wilcoxon]
    let signFlip: [SignFlip]
    let permutation: [Permutation]
    let holm: [Holm]
  }

  private let content: Content
  private let samples: Reference.Samples

  init() throws {
    content = try Reference.read("tests")
    samples = try Reference.samples()
  }

  @Test func wilcoxonsTestIsSciPys() throws {
    #expect(content.wilcoxon.count > 25)
    for one in content.wilcoxon {
      let values = try samples[one.sample]
      let result = try #require(wilcoxonSignedRank(values))
      #expect(result.statistic == one.statistic, "\(one.sample)")
      #expect(isClose(result.pValue, one.pValue, absolute: 1e-14), "\(one.sample) \(result)")
      #expect(result.count == values.filter { $0 != 0 }.count)
    }
  }

  @Test func wilcoxonsTestIsExactWhereSciPysIs() throws {
    for (name, expected) in [
      ("plain50", TestResult.NullDistribution.exact), ("plain51", .normal), ("ties13", .exact),
      ("ties14", .normal), ("zeros9", .exact), ("zeros20", .normal), ("nothing20", .exact),
    ] {
      #expect(wilcoxonSignedRank(try samples[name])?.nullDistribution == expected, "\(name)")
    }
    #expect(wilcoxonSignedRank([0, 0])?.pValue == 1)
    #expect(wilcoxonSignedRank(try samples["nothing20"])?.pValue == 1)
    #expect(wilcoxonSignedRank([-3])?.pValue == 1)
  }

  @Test func signFlipsAreSciPys() throws {
    for one in content.signFlip {
      let values = try samples[one.sample]
      let result = try #require(
        signFlipTest(values, resamples: one.resamples, seed: one.seed), "\(one.sample)")
      #expect(isClose(result.statistic, one.statistic), "\(one.sample)")
      let isExact = values.count <= 16
      #expect(result.nullDistribution == (isExact ? .exact : .sampled))
      let expected = isExact ? one.exact : one.sampled
      #expect(isClose(result.pValue, expected), "\(one.sample): \(result.pValue)")
    }
  }

  /// 9,999 drawn choices of signs against all 2¹⁷: within 5 standard errors of twice a tail.
  @Test func drawnSignsComeNearToAll() throws {
    let one = try #require(content.signFlip.first { $0.exact != nil && $0.sampled != nil })
    let exact = try #require(one.exact)
    let result = try #require(signFlipTest(try samples[one.sample]))
    let tail = exact / 2
    #expect(abs(result.pValue - exact) < 5 * 2 * (tail * (1 - tail) / 9_999).squareRoot())
  }

  @Test func permutationsAreSciPys() throws {
    for one in content.permutation {
      let (a, b) = (try samples[one.a], try samples[one.b])
      let result = try #require(
        permutationTest(a, b, resamples: one.resamples, seed: one.seed), "\(one.a) \(one.b)")
      #expect(isClose(result.statistic, one.statistic, absolute: 1e-15), "\(one.a) \(one.b)")
      #expect(result.nullDistribution == (one.exact == nil ? .sampled : .exact))
      let expected = one.exact ?? one.sampled
      #expect(isClose(result.pValue, expected), "\(one.a) \(one.b): \(result.pValue)")
      #expect(result.count == a.count + b.count)
      if one.exact != nil {
        #expect(isClose(permutationTest(b, a)?.pValue, expected), "\(one.b) \(one.a)")
      }
    }
  }

  @Test func valuesThatDifferByRoundingAloneAreTied() {
    // 0.1 + 0.2 is not 0.3 to a computer; the mean difference is 0 all the same.
    #expect(signFlipTest([0.1, 0.2, -0.3])?.pValue == 1)
    #expect(permutationTest([0.1, 0.2, 0.3], [0.3, 0.3, 0])?.pValue == 1)
  }

  @Test func pValuesDoNotChangeWithTheUnit() throws {
    let (a, b) = (try samples["plain8"], try samples["positive6"])
    for scale in [1e-300, 1e-10, 1e10, 1e300] {
      let (x, y) = (a.map { $0 * scale }, b.map { $0 * scale })
      #expect(permutationTest(x, y)?.pValue == permutationTest(a, b)?.pValue)
      #expect(signFlipTest(x)?.pValue == signFlipTest(a)?.pValue)
      #expect(wilcoxonSignedRank(x)?.pValue == wilcoxonSignedRank(a)?.pValue)
    }
  }

  @Test func holmsCorrectionIsStatsmodels() {
    for one in content.holm {
      for (value, expected) in zip(holm(one.pValues), one.adjusted) {
        #expect(isClose(value, expected, relative: 1e-14))
      }
    }
  }

  @Test func holmCountsOnlyTestsThatWere() {
    #expect(holm([]) == [])
    #expect(holm([nil, .nan, .infinity, -0.1, 1.1]) == [nil, nil, nil, nil, nil])
    #expect(holm([0.01, nil, 0.04, .nan]) == [0.02, nil, 0.04, nil])
  }

  @Test(arguments: hostileSamples) func noAnswerToWhatHasNone(_ values: [Double]) {
    #expect(wilcoxonSignedRank(values) == nil)
    #expect(signFlipTest(values) == nil)
    #expect(permutationTest(values, [1, 2]) == nil)
    #expect(permutationTest([1, 2], values) == nil)
    #expect(permutationTest(values, values) == nil)
  }

  @Test func tooFewValuesOrResamples() {
    #expect(signFlipTest([1]) == nil)
    #expect(permutationTest([1], [1, 2]) == nil)
    for resamples in [0, -1, Int.min, Int.max] {
      #expect(signFlipTest([1, 2], resamples: resamples) == nil)
      #expect(permutationTest([1, 2], [3, 4], resamples: resamples) == nil)
    }
    #expect(permutationTest([1e308, 1.7e308], [-1e308, -1.7e308]) == nil)
  }
}
