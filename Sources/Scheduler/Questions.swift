import Foundation

/// When an executor may be asked again by a command that stays.
///
/// All users share one controller, so Slurm is asked at most every ten seconds, and the more rarely
/// the longer its answers take. This machine's files may be looked at as often as one likes.
public struct Questions {
  /// The fewest seconds between two questions to Slurm.
  public static let leastPause = 10.0
  /// An answer that took a second is paid for by so many seconds of silence.
  static let patience = 10.0
  /// No answer is so slow that the next one is not asked for after so many seconds.
  static let longestPause = 300.0

  private let pause: Double
  private let time: () -> Double
  private let isShared: Bool
  private var next: Double

  /// Questions to an executor.
  /// - Parameters:
  ///   - seconds: the wanted time between two of them; less than ``leastPause`` counts as that much
  ///     for Slurm.
  ///   - delay: seconds until the first, as after a submission, where there is no news yet.
  ///   - time: a clock that never goes backwards, in seconds; another one for tests.
  public init(
    to executor: ExecutorName, every seconds: Double, after delay: Double = 0,
    time: @escaping () -> Double = { ProcessInfo.processInfo.systemUptime }
  ) {
    isShared = executor == .slurm
    pause = isShared ? max(seconds, Self.leastPause) : seconds
    self.time = time
    next = time() + delay
  }

  /// Asks where it is time to.
  /// - Returns: the answer; `nil` where it is too early.
  public mutating func ask<Answer>(
    _ question: () async throws -> Answer
  ) async rethrows -> Answer? {
    let start = time()
    guard start >= next else { return nil }
    defer {
      let end = time()
      let slow = min((end - start) * Self.patience, Self.longestPause)
      next = end + (isShared ? max(pause, slow) : pause)
    }
    return try await question()
  }
}
