import RunContract
import Statistics
import Terminal

/// What the values of several runs come to.
public struct Estimate: Sendable, Equatable {
  /// How many values there are.
  public let count: Int
  /// How many further ones are not finite and therefore in no mean.
  public let notFinite: Int
  public let mean: Double?
  /// The sample standard deviation.
  public let deviation: Double?
  /// The mean's 95 % bootstrap interval; `nil` with fewer than two values.
  public let low: Double?
  public let high: Double?

  /// What these values come to.
  public init(_ all: [Double]) {
    let values = all.filter(\.isFinite)
    count = values.count
    notFinite = all.count - values.count
    mean = Statistics.mean(values)
    deviation = Statistics.sampleStandardDeviation(values)
    let interval = Resampling.interval(values)
    (low, high) = (interval?.low, interval?.high)
  }

  /// `0.512 [0.498, 0.53]`.
  var shown: String {
    guard let mean else { return notFinite > 0 ? "NaN" : "–" }
    guard let low, let high else { return short(mean) }
    return "\(short(mean)) [\(short(low)), \(short(high))]"
  }

  /// An object; the keys are part of the program's interface.
  var json: JSONValue {
    [
      "n": JSONValue(count), "not_finite": JSONValue(notFinite), "mean": JSONValue(mean),
      "sd": JSONValue(deviation), "low": JSONValue(low), "high": JSONValue(high),
    ]
  }

  /// Its columns.
  func columns(_ name: String) -> [(name: String, value: ParameterValue?)] {
    [
      (name, ParameterValue?(mean)), ("\(name)_low", ParameterValue?(low)),
      ("\(name)_high", ParameterValue?(high)), ("\(name)_sd", ParameterValue?(deviation)),
      ("\(name)_n", ParameterValue(count)),
    ]
  }
}
