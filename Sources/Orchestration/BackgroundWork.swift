import Foundation
import Synchronization

/// Pieces of work that are done while their caller goes on; what came of them, in their order.
final class BackgroundWork<Value: Sendable>: Sendable {
  private let group = DispatchGroup()
  private let results = Mutex<[Result<Value, any Error>?]>([])

  /// Begins a piece of work.
  func start(_ work: @escaping @Sendable () throws -> Value) {
    let place = results.withLock { results in
      results.append(nil)
      return results.count - 1
    }
    DispatchQueue.global().async(group: group) {
      let result = Result { try work() }
      self.results.withLock { $0[place] = result }
    }
  }

  /// Waits for all of them.
  /// - Throws: the first one's error, of those that failed.
  func finish() throws -> [Value] { try finished().map { try $0.get() } }

  /// Waits for all of them and gives what has come of those that did not fail.
  func salvage() -> [Value] { finished().compactMap { try? $0.get() } }

  private func finished() -> [Result<Value, any Error>] {
    group.wait()
    return results.withLock { $0.compactMap(\.self) }
  }
}
