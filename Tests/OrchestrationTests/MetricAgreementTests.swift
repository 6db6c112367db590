import Orchestration
import Registry
import Testing

@Suite struct Agreement {
  private func series(_ name: String, _ values: [Int: Double]) -> MetricSeries {
    MetricSeries(
      name: name,
      points: values.sorted { $0.key < $1.key }.map {
        MetricSeries.Point(step: $0.key, epoch: 1 + $0.key / 10, time: 1, value: $0.value)
      })
  }

  @Test func sameBitsAreIdenticalAndNaNIsNaN() {
    let runs = [series("loss", [1: 0.1, 2: .nan, 3: .infinity])]
    let agreement = MetricAgreement(runs, runs)
    #expect(agreement.isIdentical && agreement.compared == 3 && agreement.first == nil)
    #expect(!MetricAgreement([], []).isIdentical)
  }

  @Test func theEarliestPartingIsTold() {
    let agreement = MetricAgreement(
      [series("a", [1: 1, 12: 2, 13: 4]), series("b", [1: 1, 5: 3]), series("c", [9: 1])],
      [series("a", [1: 1, 12: 2.5, 13: 4]), series("b", [1: 1, 5: -3, 6: 7])])
    #expect(!agreement.isIdentical)
    #expect(agreement.compared == 5 && agreement.identical == 3 && agreement.missing == 2)
    #expect(agreement.first?.metric == "b" && agreement.first?.step == 5)
    #expect(agreement.first?.values == [3, -3] && agreement.largestDifference == 2)
  }

  @Test func differencesAreRelativeAndNeverNaN() {
    func largest(_ left: Double, _ right: Double) -> Double {
      MetricAgreement([series("a", [1: left])], [series("a", [1: right])]).largestDifference
    }
    #expect(largest(1, .nan) == .infinity)
    #expect(largest(.infinity, -.infinity) == .infinity)
    #expect(largest(0, -0.0) == 0)
    #expect(largest(1e308, -1e308) == 2)
    #expect(abs(largest(1000, 1001) - 1 / 1001) < 1e-12)
    // What measures the machine does not count.
    let speed = MetricAgreement(
      [series("samples_per_second", [1: 5])], [series("samples_per_second", [1: 6])])
    #expect(speed.compared == 0)
  }
}
