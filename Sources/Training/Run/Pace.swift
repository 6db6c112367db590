import Foundation

/// How fast a run goes and what it takes: measures of the machine, not of the model.
struct Pace {
  private var last = now()
  private var epochSeconds = 0.0
  private var epochSamples = 0

  /// Begins to count anew, after something that is no part of a step.
  mutating func restart() { last = now() }

  /// The end of a step over so many pairs.
  /// - Returns: pairs a second since the step before.
  mutating func step(_ samples: Int) -> Double {
    let time = now()
    let seconds = time - last
    last = time
    epochSeconds += seconds
    epochSamples += samples
    return Double(samples) / max(seconds, 1e-9)
  }

  /// Pairs a second over the steps of this epoch that this process took; begins the next one.
  mutating func endEpoch() -> Double {
    defer { (epochSeconds, epochSamples) = (0, 0) }
    return Double(epochSamples) / max(epochSeconds, 1e-9)
  }

  /// The most memory that this process has had at once, in megabytes (2²⁰ bytes).
  static var peakMegabytes: Double {
    var usage = rusage()
    guard getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return .nan }
    return Double(usage.ru_maxrss) / 1024
  }
}

private func now() -> Double { Double(DispatchTime.now().uptimeNanoseconds) * 1e-9 }
