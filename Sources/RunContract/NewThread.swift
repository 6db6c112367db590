import Foundation

/// Does a piece of work on a thread of its own; on this one where there are no more threads.
///
/// For work that blocks, or that somebody who blocks waits for: Swift's own threads, and those of Dispatch, are
/// as few as the processors, and on a machine with one nothing else would go on.
package func onNewThread(_ work: @escaping @Sendable () -> Void) {
  final class Work {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }
  let box = Unmanaged.passRetained(Work(work))
  var attributes = pthread_attr_t()
  pthread_attr_init(&attributes)
  defer { pthread_attr_destroy(&attributes) }
  pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
  var thread = pthread_t()
  let status = pthread_create(
    &thread, &attributes,
    { pointer in
      if let pointer { Unmanaged<Work>.fromOpaque(pointer).takeRetainedValue().body() }
      return nil
    }, box.toOpaque())
  if status != 0 { box.takeRetainedValue().body() }
}
