import Figures
import ReportPage
import Testing

@Suite("Courses of a report")
struct CurveTests {
  @Test(
    "thinning keeps both ends, every stretch's extremes and what is not finite",
    arguments: [8, 14, 50])
  func thinning(limit: Int) {
    var random = SplitMix(state: 3)
    var points = (1...997).map { ReportedSeries.Point(epoch: $0, value: random.unit()) }
    points[412].value = 1e9
    points[413].value = -1e9
    points[700].value = .infinity
    let kept = thinned(points, to: limit)
    #expect(kept.count <= limit && kept.count > limit / 3)
    #expect(kept.first == points.first && kept.last == points.last)
    #expect(kept.contains(points[412]) && kept.contains(points[413]) && kept.contains(points[700]))
    #expect(zip(kept, kept.dropFirst()).allSatisfy { $0.epoch < $1.epoch })
    #expect(kept.allSatisfy { points[$0.epoch - 1] == $0 })
  }

  @Test("thinning leaves short courses as they are")
  func short() {
    let points = (1...10).map { ReportedSeries.Point(epoch: $0, value: Double($0)) }
    #expect(thinned(points, to: 10) == points)
    #expect(thinned(points, to: .max) == points)
    #expect(thinned([], to: 0).isEmpty)
  }

  @Test("labels are moved apart, in their order, within bounds")
  func labels() {
    let wanted = [100.0, 101, 101, 20, 239]
    let placed = spread(wanted, gap: 16, within: 2...238)
    let order = placed.sorted()
    #expect(zip(order, order.dropFirst()).allSatisfy { $1 - $0 >= 16 - 1e-9 })
    #expect(placed[3] == 20 && placed[4] <= 238 && placed[0] < placed[1])
  }

  @Test(
    "quantiles are those of NumPy",
    arguments: [(0.5, 2.5), (0.25, 1.75), (0.75, 3.25), (0, 1), (1, 4)])
  func quantiles(share: Double, expected: Double) {
    #expect(quantile([1, 2, 3, 4], share) == expected)
    #expect(quantile([7], share) == 7)
    #expect(quantile([], share).isNaN)
  }
}
