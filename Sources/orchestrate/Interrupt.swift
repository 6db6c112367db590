import Foundation
import Synchronization

/// Ctrl-C and TERM as a flag, so that a command ends what it began. A second signal leaves at once.
struct Interrupt {
  private static let count = Atomic<Int>(0)

  /// Takes the signals over until the program ends.
  init() {
    for number in [SIGINT, SIGTERM] {
      signal(number) { _ in
        if Interrupt.count.add(1, ordering: .relaxed).newValue > 1 { _exit(130) }
      }
    }
  }

  /// Whether a signal has come.
  var isRaised: Bool { Self.count.load(ordering: .relaxed) > 0 }
}
