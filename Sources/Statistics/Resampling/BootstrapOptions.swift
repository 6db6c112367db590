/// What is computed of each resample.
public enum BootstrapStatistic: Sendable {
  /// ``mean(_:)``.
  case mean
  /// ``median(_:)``.
  case median
  /// Any other; its argument is a resample in no particular order. Nil or a value that is not
  /// finite means that there is no interval.
  case custom(@Sendable ([Double]) -> Double?)

  /// The statistic of a sample.
  func callAsFunction(_ values: [Double]) -> Double? {
    switch self {
    case .mean: Statistics.mean(values)
    case .median: Statistics.median(values)
    case .custom(let statistic): statistic(values)
    }
  }
}

/// How the ends of an interval come from the resamples.
public enum BootstrapMethod: String, Sendable, CaseIterable {
  /// The quantiles at α/2 and 1 − α/2 of the statistic's resamples. B. Efron (1979), "Bootstrap
  /// methods: another look at the jackknife", The Annals of Statistics 7.
  case percentile
  /// Bias-corrected and accelerated: those quantiles moved by how far the resamples are from the
  /// statistic, and by how its spread changes with it. B. Efron (1987), "Better bootstrap
  /// confidence intervals", Journal of the American Statistical Association 82.
  case bca
}

/// How many resamples may be asked for.
let resampleLimit = 10_000_000
