import Statistics

/// How intervals and tests are drawn from the runs' values: one place, so that every table, page and JSON
/// says the same.
enum Resampling {
  /// What every draw begins with, so that the same runs give the same figures on every machine.
  static let seed: UInt64 = 1
  /// Draws where not every possible one is looked at.
  static let resamples = 9_999

  /// The 95 % percentile interval of the mean.
  static func interval(_ values: [Double]) -> ConfidenceInterval? {
    bootstrapInterval(of: values, resamples: resamples, seed: seed)
  }

  /// The 95 % percentile interval of the difference of the means of two samples.
  static func interval(_ values: [Double], less others: [Double]) -> ConfidenceInterval? {
    twoSampleBootstrapInterval(values, others, resamples: resamples, seed: seed)
  }

  /// The permutation test of the difference of the means of two samples.
  static func test(_ values: [Double], _ others: [Double]) -> TestResult? {
    permutationTest(values, others, resamples: resamples, seed: seed)
  }
}
