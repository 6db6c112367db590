import Foundation
import Orchestration
import Synchronization
import Testing

@Suite struct BackgroundWorkTests {
  private struct Broken: Error, Equatable { let number: Int }

  @Test(arguments: [0, 1, 4, 5, 40])
  func whatCameOfItIsInItsOrder(count: Int) throws {
    let work = BackgroundWork<Int>()
    for number in 0..<count {
      work.start {
        usleep(UInt32.random(in: 0...2000))
        return number
      }
    }
    #expect(try work.finish() == Array(0..<count))
    #expect(try work.finish() == Array(0..<count))
  }

  @Test func theFirstErrorIsToldAndTheRestIsDone() {
    let work = BackgroundWork<Int>()
    let done = Mutex(0)
    for number in 0..<8 {
      work.start {
        if number == 2 || number == 6 { throw Broken(number: number) }
        done.withLock { $0 += 1 }
        return number
      }
    }
    #expect(throws: Broken(number: 2)) { try work.finish() }
    #expect(work.salvage() == [0, 1, 3, 4, 5, 7])
    #expect(done.withLock { $0 } == 6)
  }
}
