import RunContract
import Testing

/// The numbers themselves are the contract: runs of the past must stay repeatable.
@Suite struct GeneratorTests {
  @Test func streamsAreIndependentAndRepeatable() {
    var a = SeededGenerator(seed: 1, stream: "weights")
    var b = SeededGenerator(seed: 1, stream: "weights")
    var c = SeededGenerator(seed: 1, stream: "order")
    let first = (0..<4).map { _ in a.next() }
    #expect(first == (0..<4).map { _ in b.next() })
    #expect(first != (0..<4).map { _ in c.next() })
  }

  @Test func permutationsHoldEveryIndexOnce() {
    var generator = SeededGenerator(seed: 7, stream: "order")
    for count in [0, 1, 2, 17] {
      #expect(generator.permutation(count).sorted() == Array(0..<count))
    }
  }

  /// 60,000 draws below 6: each number within five standard deviations of its share.
  @Test func drawsAreEven() {
    var generator = SeededGenerator(seed: 7, stream: "draws")
    var counts = [Int](repeating: 0, count: 6)
    for _ in 0..<60_000 { counts[generator.below(6)] += 1 }
    #expect(counts.allSatisfy { abs($0 - 10_000) < 460 })
    let values = (0..<1000).map { _ in generator.uniform() }
    #expect(values.allSatisfy { $0 >= 0 && $0 < 1 })
  }
}
