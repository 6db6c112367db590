import Dispatch

/// Calls `body(worker, index)` for every index, spread over at most `threads` threads.
///
/// Worker w takes the indices w, w + threads, …, whatever their timing, and no two workers share an
/// output: the result does not depend on the number of threads.
func forEachIndex(_ count: Int, threads: Int, _ body: (_ worker: Int, _ index: Int) -> Void) {
  let workers = min(threads, count)
  if workers <= 1 {
    for index in 0..<count { body(0, index) }
    return
  }
  withoutActuallyEscaping(body) { body in
    // The workers touch different memory: each operation writes to the rows of its own index only.
    nonisolated(unsafe) let shared = body
    DispatchQueue.concurrentPerform(iterations: workers) { worker in
      for index in stride(from: worker, to: count, by: workers) { shared(worker, index) }
    }
  }
}
