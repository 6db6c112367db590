import Autograd
import Testing

@Suite struct UpdateTests {
  /// To the bit what the formula gives when it is written as a loop.
  @Test func adamW() {
    let count = 20_001
    let gradients = noise(count, "g")
    var (values, first) = (noise(count, "p"), noise(count, "m"))
    var second = noise(count, "v").map { abs($0) }
    let (p, m, v) = (values, first, second)
    let step = AdamWStep(
      firstShare: 0.1, secondKeep: 0.999, secondShare: 0.001, root: 0.3, keep: 0.99999, rate: 1e-3)
    adamWUpdate(
      values: &values, gradients: gradients, first: &first, second: &second, count: count,
      step: step, crew: Crew(threads: 2))
    for i in 0..<count {
      let mean = m[i] + step.firstShare * (gradients[i] - m[i])
      let square = v[i] * step.secondKeep + step.secondShare * gradients[i] * gradients[i]
      let value =
        p[i] * step.keep - step.rate * (mean / (square.squareRoot() / step.root + 1e-8))
      #expect(values[i] == value && first[i] == mean && second[i] == square)
    }
  }

  @Test func squaredNormAndScale() {
    var x = noise(100_003, "x")
    let exact = x.reduce(0.0) { $0 + Double($1) * Double($1) }
    #expect(abs(squaredNorm(x, x.count) - exact) < 1e-11 * exact)
    #expect(squaredNorm([3e38, 3e38], 2).isFinite)
    let doubled = x.map { $0 * 2 }
    scale(&x, by: 2, count: x.count)
    #expect(x == doubled)
  }
}
