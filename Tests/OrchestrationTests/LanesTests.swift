import Orchestration
import Registry
import TestSupport
import Testing

/// Arrays that share `max_parallel`.
@Suite struct LanesTests {
  @Test func partsOfASweepFollowEachOther() {
    let parts = [PartAtWork(jobID: 7, runs: 21), PartAtWork(jobID: 8, runs: 21)]
    #expect(Lanes.predecessors(of: 8, bound: 2, among: parts) == [7, 8])
    #expect(Lanes.predecessors(of: 8, bound: 2, among: []) == [])
    #expect(
      Lanes.dependency(of: 8, bound: 2, among: parts, besides: "afterok:3")
        == "afterok:3,afterany:7:8")
    #expect(Lanes.dependency(of: 8, bound: 2, among: [], besides: "afterok:3") == nil)
  }

  @Test func whatFitsBesideTheNewestDoesNotWaitForThem() {
    let parts = [PartAtWork(jobID: 7, runs: 10), PartAtWork(jobID: 8, runs: 1)]
    #expect(Lanes.predecessors(of: 1, bound: 2, among: parts) == [7])
    #expect(Lanes.predecessors(of: 2, bound: 2, among: parts) == [7, 8])
    #expect(Lanes.predecessors(of: 3, bound: 100, among: parts) == [])
  }

  /// Arrays of any sizes come and end in any order: what runs at the same time is never too much.
  @Test(arguments: 1...6) func neverMoreThanTheBoundRun(bound: Int) {
    var generator = SplitMix(state: UInt64(bound))
    struct Job {
      var id: Int
      var runs: Int
      var after: Set<Int>
    }
    for _ in 0..<200 {
      var live: [Job] = []
      var most = 0
      for id in 1...40 {
        let runs = Int.random(in: 1...(2 * bound), using: &generator)
        let after = Lanes.predecessors(
          of: runs, bound: bound, among: live.map { PartAtWork(jobID: $0.id, runs: $0.runs) })
        live.append(Job(id: id, runs: runs, after: Set(after)))
        // Slurm starts whatever waits for nobody that is left, and runs `bound` tasks of each at most.
        let ids = Set(live.map(\.id))
        let running = live.filter { $0.after.isDisjoint(with: ids) }
        let width = running.reduce(0) { $0 + min($1.runs, bound) }
        most = max(most, width)
        #expect(width <= bound, "\(live)")
        #expect(!running.isEmpty)
        if Bool.random(using: &generator), let one = running.randomElement(using: &generator),
          let place = live.firstIndex(where: { $0.id == one.id })
        {
          live[place].runs -= 1
          if live[place].runs == 0 { live.remove(at: place) }
        }
      }
      #expect(most == bound)
    }
  }
}
