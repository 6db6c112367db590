import Foundation
import Synchronization

/// Does for many elements what mostly waits for a disk or a file server, several at a time: those take about as
/// long for eight as for one.
/// - Parameter work: is given a part of the elements and gives one result for each of them.
/// - Returns: the results in the elements' order.
/// - Throws: what the first part threw that did; by then all parts have come to their end.
package func inParallel<Element: Sendable, Output: Sendable>(
  _ elements: [Element],
  _ work: @escaping @Sendable (ArraySlice<Element>) throws -> [Output]
) throws -> [Output] {
  // A thread is worth a few waits.
  let parts = min(8, elements.count / 4)
  guard parts > 1 else { return try work(elements[...]) }
  let bounds = (0...parts).map { $0 * elements.count / parts }
  let results = Mutex<[Result<[Output], any Error>?]>(Array(repeating: nil, count: parts))
  let others = DispatchGroup()
  for part in 1..<parts {
    others.enter()
    onNewThread {
      let result = Result { try work(elements[bounds[part]..<bounds[part + 1]]) }
      results.withLock { $0[part] = result }
      others.leave()
    }
  }
  let own = Result { try work(elements[..<bounds[1]]) }
  results.withLock { $0[0] = own }
  others.wait()
  return try results.withLock { $0 }.compactMap { $0 }.flatMap { try $0.get() }
}
