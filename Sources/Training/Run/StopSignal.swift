import Foundation

/// The request to stop that arrives as a signal: the step in hand is finished first.
///
/// TERM is held back by the kernel and looked for between steps. A handler would be simpler and wrong:
/// it borrows the stack of whatever is interrupted, and oneDNN's generated kernels keep data where the
/// handler's frame then lands (about one TERM in 500 ended in a damaged heap).
public enum StopSignal {
  /// The exit status of a process that TERM has ended.
  public static let exitCode: Int32 = 128 + SIGTERM

  /// From now on TERM waits to be looked for instead of ending the process. To be called before any
  /// other thread is started, for threads inherit what is held back. USR1, Slurm's warning before a
  /// time limit, is ignored as long as there are no checkpoints to go on from: TERM follows it.
  public static func listen() {
    signal(SIGUSR1, SIG_IGN)
    var mask = sigset_t()
    sigemptyset(&mask)
    sigaddset(&mask, SIGTERM)
    pthread_sigmask(SIG_BLOCK, &mask, nil)
  }

  /// Whether TERM has arrived.
  public static var isReceived: Bool {
    var pending = sigset_t()
    sigemptyset(&pending)
    return sigpending(&pending) == 0 && sigismember(&pending, SIGTERM) == 1
  }
}
