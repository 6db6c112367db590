import Foundation
import Synchronization
import Testing

import RunContract

@Suite struct InParallelTests {
  @Test(arguments: [0, 1, 7, 8, 33, 1000])
  func theResultsHaveTheElementsOrder(count: Int) throws {
    let calls = Mutex(0)
    let doubled = try inParallel(Array(0..<count)) { part in
      calls.withLock { $0 += 1 }
      return part.map { $0 * 2 }
    }
    #expect(doubled == (0..<count).map { $0 * 2 })
    #expect(calls.withLock { $0 } == max(1, min(8, count / 4)))
  }

  @Test func afterAnErrorAllPartsHaveComeToTheirEnd() {
    struct Refused: Error, Equatable { let element: Int }
    let done = Mutex<Set<Int>>([])
    #expect(throws: Refused(element: 20)) {
      try inParallel(Array(0..<80)) { part in
        try part.map { element in
          if element == 20 || element == 70 { throw Refused(element: element) }
          usleep(1000)
          done.withLock { _ = $0.insert(element) }
        }
      }
    }
    // Those of the parts that did not throw, and what came before in those that did.
    #expect(done.withLock { $0 } == Set(0..<80).subtracting(20..<30).subtracting(70..<80))
  }
}
