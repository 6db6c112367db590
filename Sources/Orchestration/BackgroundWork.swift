import Foundation
import RunContract
import Synchronization

/// Pieces of work that are done while their caller goes on; what came of them, in their order.
package final class BackgroundWork<Value: Sendable>: Sendable {
  private let group = DispatchGroup()
  private let state = Mutex(State())

  private struct State {
    var results: [Result<Value, any Error>?] = []
    var threads = 0
  }

  /// More threads do not make a disk faster.
  private static var mostThreads: Int { 4 }

  /// No work so far.
  package init() {}

  /// Begins a piece of work; where enough is being done already, does it.
  package func start(_ work: @escaping @Sendable () throws -> Value) {
    let (place, hasThread) = state.withLock { state in
      state.results.append(nil)
      let hasThread = state.threads < Self.mostThreads
      if hasThread { state.threads += 1 }
      return (state.results.count - 1, hasThread)
    }
    guard hasThread else { return finish(place, work) }
    group.enter()
    onNewThread {
      self.finish(place, work)
      self.state.withLock { $0.threads -= 1 }
      self.group.leave()
    }
  }

  private func finish(_ place: Int, _ work: () throws -> Value) {
    let result = Result { try work() }
    state.withLock { $0.results[place] = result }
  }

  /// Waits for all of them.
  /// - Throws: the first one's error, of those that failed.
  package func finish() throws -> [Value] { try finished().map { try $0.get() } }

  /// Waits for all of them and gives what has come of those that did not fail.
  package func salvage() -> [Value] { finished().compactMap { try? $0.get() } }

  private func finished() -> [Result<Value, any Error>] {
    group.wait()
    return state.withLock { $0.results.compactMap(\.self) }
  }
}
