import CKernels
import Synchronization

/// Threads that share the loops of operations.
///
/// Every loop is cut into the same parts whatever the number of threads, and no two parts write to
/// the same place: results do not depend on the number of threads, nor on their timing.
public final class Crew: Sendable {
  /// The threads that work, the caller's included.
  public let threads: Int
  // Its functions may be called from any thread.
  nonisolated(unsafe) private let crew: OpaquePointer

  /// A crew of so many threads; they wait without work until a loop comes.
  public init(threads: Int) {
    self.threads = max(1, min(threads, 1024))
    crew = crew_create(Int32(self.threads))
  }

  deinit { crew_destroy(crew) }

  /// The crew that operations use unless they are given another: one thread, until
  /// ``ThreadCount/use(_:)`` is called.
  public static var shared: Crew { sharedCrew.withLock { $0 } }

  static func replaceShared(threads: Int) {
    sharedCrew.withLock { if $0.threads != threads { $0 = Crew(threads: threads) } }
  }

  /// Calls `body` for every part below `parts`. `worker`, below ``threads``, says whose scratch memory
  /// to use.
  package func forEach(_ parts: Int, _ body: (_ worker: Int, _ part: Int) -> Void) {
    withoutActuallyEscaping(body) { body in
      withUnsafePointer(to: body) { pointer in
        crew_run(
          crew,
          { context, worker, part in
            context.assumingMemoryBound(to: Body.self).pointee(Int(worker), Int(part))
          }, UnsafeMutableRawPointer(mutating: pointer), Int64(parts))
      }
    }
  }
}

private typealias Body = (_ worker: Int, _ part: Int) -> Void
private let sharedCrew = Mutex(Crew(threads: 1))
