import Foundation

/// The request to stop that arrives as a signal, TERM or USR1 (Slurm's warning before a time limit):
/// the step in hand is finished and a checkpoint written first.
///
/// Both are held back by the kernel and looked for between steps. A handler would be simpler and wrong:
/// it borrows the stack of whatever is interrupted, and oneDNN's generated kernels keep data where the
/// handler's frame then lands (about one TERM in 500 ended in a damaged heap).
public enum StopSignal {
  private static let signals = [SIGTERM, SIGUSR1]

  /// From now on the signals wait to be looked for instead of ending the process. To be called before
  /// any other thread is started, for threads inherit what is held back.
  public static func listen() {
    var mask = sigset_t()
    sigemptyset(&mask)
    for signal in signals { sigaddset(&mask, signal) }
    pthread_sigmask(SIG_BLOCK, &mask, nil)
  }

  /// Whether one has arrived.
  public static var isReceived: Bool {
    var pending = sigset_t()
    sigemptyset(&pending)
    return sigpending(&pending) == 0 && signals.contains { sigismember(&pending, $0) == 1 }
  }
}
