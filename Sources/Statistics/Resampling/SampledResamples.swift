/// Resamples drawn with replacement.
enum SampledResamples {
  /// The means of resamples of one sample, or of several, each resampled on its own, put together.
  static func means(
    _ samples: [[Double]], count: Int, _ generator: inout Xoshiro256,
    _ combine: (UnsafeBufferPointer<Double>) -> Double
  ) -> [ResampleDistribution.Entry] {
    var random = generator
    defer { generator = random }
    let values = samples.flatMap { $0 }
    let sizes = samples.map(\.count)
    return values.withUnsafeBufferPointer { values in
      withUnsafeTemporaryAllocation(of: Double.self, capacity: sizes.count) { means in
        means.initialize(repeating: 0)
        return [ResampleDistribution.Entry](unsafeUninitializedCapacity: count) { entries, made in
          for resample in 0..<count {
            var start = 0
            for (sample, size) in sizes.enumerated() {
              var sum = 0.0
              for _ in 0..<size { sum += values[start + random.index(below: size)] }
              means[sample] = sum / Double(size)
              start += size
            }
            entries.initializeElement(
              at: resample,
              to: .init(value: combine(UnsafeBufferPointer(means)), weight: 1))
          }
          made = count
        }
      }
    }
  }

  /// A statistic of resamples of one sample; nil as soon as it has none.
  static func statistics(
    _ values: [Double], count: Int, _ generator: inout Xoshiro256, _ statistic: BootstrapStatistic
  ) -> [ResampleDistribution.Entry]? {
    var entries: [ResampleDistribution.Entry] = []
    entries.reserveCapacity(count)
    var resample = values
    for _ in 0..<count {
      for place in resample.indices {
        resample[place] = values[generator.index(below: values.count)]
      }
      guard let value = statistic(resample) else { return nil }
      entries.append(.init(value: value, weight: 1))
    }
    return entries
  }
}
