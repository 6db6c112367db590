import Foundation
import Synchronization

/// The request to stop that arrives as a signal: the step in hand is finished first.
public enum StopSignal {
  /// The exit status of a process that TERM has ended.
  public static let exitCode: Int32 = 128 + SIGTERM

  private static let received = Atomic<Bool>(false)

  /// From now on TERM asks instead of kills. USR1, Slurm's warning before a time limit, is ignored
  /// as long as there are no checkpoints to go on from: TERM follows it.
  public static func listen() {
    _ = isReceived
    signal(SIGTERM) { _ in StopSignal.received.store(true, ordering: .relaxed) }
    signal(SIGUSR1, SIG_IGN)
    // Who starts this process may do so from a thread that blocks signals, and a mask is inherited.
    var mask = sigset_t()
    sigemptyset(&mask)
    sigaddset(&mask, SIGTERM)
    sigprocmask(SIG_UNBLOCK, &mask, nil)
  }

  /// Whether TERM has arrived.
  public static var isReceived: Bool { received.load(ordering: .relaxed) }
}
