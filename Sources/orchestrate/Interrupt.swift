import Foundation
import Synchronization

/// Ctrl-C and TERM as a flag, so that a command ends what it began. A later second signal leaves at
/// once.
struct Interrupt {
  /// Milliseconds of the monotonic clock at the first signal; 0 before it.
  private static let first = Atomic<Int>(0)

  /// Takes the signals over until the program ends.
  init() {
    for number in [SIGINT, SIGTERM] {
      signal(number) { _ in
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        let now = time.tv_sec * 1000 + time.tv_nsec / 1_000_000
        let (isFirst, before) = Interrupt.first.compareExchange(
          expected: 0, desired: now, ordering: .relaxed)
        // A process may get one Ctrl-C twice: from the terminal and from a parent that passes it on.
        if !isFirst, now - before > 500 { _exit(130) }
      }
    }
  }

  /// Whether a signal has come.
  var isRaised: Bool { Self.first.load(ordering: .relaxed) > 0 }
}
