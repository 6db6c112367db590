import Dispatch
import Foundation
import Synchronization

/// Ctrl-C and TERM as a flag, so that a command ends what it began. A second signal leaves at once.
final class Interrupt: Sendable {
  private let count = Atomic<Int>(0)
  private let sources: [any DispatchSourceSignal]

  /// Takes the signals over until the program ends.
  /// - Parameter onRepeat: what is done, from a background thread, when a signal comes again.
  init(onRepeat: @escaping @Sendable () -> Void = { exit(130) }) {
    sources = [SIGINT, SIGTERM].map { number in
      signal(number, SIG_IGN)
      return DispatchSource.makeSignalSource(signal: number, queue: .global())
    }
    for source in sources {
      source.setEventHandler { [weak self] in
        guard let self else { return }
        if self.count.add(1, ordering: .relaxed).newValue > 1 { onRepeat() }
      }
      source.activate()
    }
  }

  /// Whether a signal has come.
  var isRaised: Bool { count.load(ordering: .relaxed) > 0 }
}
