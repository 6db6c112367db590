import Foundation

/// The learning rate of each step: a linear warm-up, then constant or half a cosine down to a share of
/// the full rate (Loshchilov and Hutter, arXiv 1608.03983, without restarts).
public struct Schedule: Sendable {
  private let settings: ScheduleSettings
  private let totalSteps: Int

  /// A schedule over so many steps.
  public init(_ settings: ScheduleSettings, totalSteps: Int) {
    self.settings = settings
    self.totalSteps = totalSteps
  }

  /// The rate of a step, counted from 1.
  public func rate(ofStep step: Int) -> Double {
    let (rate, warmup) = (settings.learningRate, settings.warmupSteps)
    if step <= warmup { return rate * Double(step) / Double(warmup) }
    guard settings.form == "cosine" else { return rate }
    let progress = Double(step - 1 - warmup) / Double(max(1, totalSteps - warmup))
    let share = (1 + cos(Double.pi * min(1, progress))) / 2
    return rate * (settings.finalFactor + (1 - settings.finalFactor) * share)
  }
}
