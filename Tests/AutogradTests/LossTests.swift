import Autograd
import TestSupport
import Testing

@Suite struct LossTests {
  let pool = BufferPool()

  @Test func segmentPeaks() {
    let x = variable(2, 30, "x", in: pool)
    expectGradients(of: [x], step: 1e-3) { $0.segmentPeaks(x, segments: 3) }
  }

  @Test func firstPeakWinsAndZeroHasNoSign() {
    let x = Tensor(
      rows: 1, columns: 24,
      content: [0, -2, 2, 1, 0, 0, 0, 0, 0, 0, -2, 2]
        + [Float](repeating: 0, count: 12),
      pool: pool, needsGradient: true)
    let tape = Tape(pool: pool)
    let y = tape.segmentPeaks(x, segments: 2)
    #expect(y.array == [2, 0])
    tape.backward(from: y, cotangent: [3, 5])
    var expected = [Float](repeating: 0, count: 24)
    expected[1] = -3
    #expect(x.gradientArray == expected)
  }

  @Test(arguments: PearsonForm.allCases) func pearson(form: PearsonForm) {
    let x = variable(2, 9, "x", in: pool)
    let references = [constant(1, 9, "a", in: pool), constant(1, 9, "b", in: pool)]
    expectGradients(of: [x], step: 1e-3) {
      $0.pearson(x, with: references, epsilon: 1e-2, form: form)
    }
  }

  @Test func pearsonOfEqualAndOppositeRows() {
    let a = noise(9, "a")
    let x = Tensor(rows: 2, columns: 9, content: a + a.map { -$0 }, pool: pool)
    let reference = Tensor(rows: 1, columns: 9, content: a, pool: pool)
    let c = Tape(pool: pool).pearson(x, with: [reference, reference], epsilon: 1e-6).array
    #expect(abs(c[0] - 1) < 1e-5 && abs(c[1] + 1) < 1e-5)
  }

  /// Silence on either side, or on both: c = 0 and no gradient, where the plain form divides by zero.
  @Test func pearsonOfConstantRows() {
    let x = Tensor(
      rows: 2, columns: 4, content: [0.5, 0.5, 0.5, 0.5, 1, 2, 3, 4], pool: pool,
      needsGradient: true)
    let moving = Tensor(rows: 1, columns: 4, content: [1, 0, 2, 5], pool: pool)
    let silent = Tensor(rows: 1, columns: 4, content: [0, 0, 0, 0], pool: pool)
    for references in [[moving, silent], [silent, silent]] {
      let tape = Tape(pool: pool)
      let c = tape.pearson(x, with: references, epsilon: 1e-6)
      #expect(c.array == [0, 0])
      tape.backward(from: c, cotangent: [1, 1])
    }
    #expect(x.gradientArray[4...].allSatisfy { $0 == 0 })
    #expect(x.gradientArray.allSatisfy { $0.isFinite })
  }

  /// Constant rows of a value that 1/n does not divide: the variance must still be zero to the bit.
  @Test(arguments: [0, 0.1] as [Float]) func unsafePearsonOfConstantRows(value: Float) {
    let still = [Float](repeating: value, count: 7)
    let moving: [Float] = [0.3, -0.1, 0.7, 0.2, 0, 0.5, 0.9]
    /// Whether the gradient of x's correlation with y is NaN.
    func explodes(_ x: [Float], _ y: [Float], _ form: PearsonForm) -> Bool {
      let x = Tensor(rows: 1, columns: 7, content: x, pool: pool, needsGradient: true)
      let y = Tensor(rows: 1, columns: 7, content: y, pool: pool)
      let tape = Tape(pool: pool)
      tape.backward(from: tape.pearson(x, with: [y], epsilon: 1e-6, form: form), cotangent: [1])
      return x.gradientArray.contains(where: \.isNaN)
    }
    #expect(explodes(moving, still, .product))
    #expect(explodes(still, moving, .product))
    #expect(explodes(still, still, .outside))
    #expect(!explodes(moving, still, .outside))
    for form in [PearsonForm.floor, .inside] {
      #expect(!explodes(moving, still, form))
      #expect(!explodes(still, moving, form))
      #expect(!explodes(still, still, form))
    }
  }

  /// Two halves of a batch, each divided by the whole number of clips, add up to the whole.
  @Test func sharesOfABatchAddUp() {
    let waves = constant(4, 37, "x", in: pool).array
    let references = (0..<4).map { constant(1, 37, "r\($0)", in: pool) }
    func losses(_ clips: Range<Int>, of count: Int?) -> (values: [Float], gradient: [Float]) {
      let x = Tensor(
        rows: clips.count, columns: 37,
        content: Array(waves[clips.lowerBound * 37..<clips.upperBound * 37]), pool: pool,
        needsGradient: true)
      let own = Array(references[clips])
      let tape = Tape(pool: pool)
      let c = tape.pearson(x, with: own, epsilon: 1e-6)
      let cost = tape.meanOfMagnitudes(c, clips: count, { $0 * $0 }, derivative: { 2 * $0 })
      let root = tape.rootMeanSquare(of: x, minus: own, clips: count)
      tape.backward(from: tape.weightedSum([(1, cost), (1, root)]))
      return ([cost.scalar, root.scalar], x.gradientArray)
    }
    let whole = losses(0..<4, of: nil)
    let parts = [losses(0..<1, of: 4), losses(1..<4, of: 4)]
    #expect(largestError(zip(parts[0].values, parts[1].values).map(+), whole.values) < 1e-6)
    #expect(largestError(parts[0].gradient + parts[1].gradient, whole.gradient) < 1e-6)
  }

  @Test func meanOfMagnitudes() {
    let c = Tensor(
      rows: 3, columns: 1, content: [0.3, -0.7, 0.9], pool: pool, needsGradient: true)
    expectGradients(of: [c], step: 3e-3) {
      $0.meanOfMagnitudes(c, { $0 * $0 * $0 }, derivative: { 3 * $0 * $0 })
    }
  }

  @Test func rootMeanSquare() {
    let x = variable(2, 37, "x", in: pool)
    let references = [constant(1, 37, "a", in: pool), constant(1, 37, "b", in: pool)]
    expectGradients(of: [x]) { $0.rootMeanSquare(of: x, minus: references) }
  }

  @Test func rootMeanSquareOfEqualWaves() {
    let x = variable(1, 37, "a", in: pool)
    let tape = Tape(pool: pool)
    let y = tape.rootMeanSquare(of: x, minus: [constant(1, 37, "a", in: pool)])
    #expect(abs(y.scalar - 1e-4) < 1e-9)
    tape.backward(from: y)
    #expect(x.gradientArray.allSatisfy { $0 == 0 })
  }

  @Test func balance() {
    let masks = variable(3, 8, "m", in: pool)
    expectGradients(of: [masks]) { $0.balance(masks, weights: [4, 4, 1]) }
  }

  /// Masks spread over two shares: the loss of the whole batch on both, and the whole gradient.
  @Test func balanceOfShares() {
    let content = noise(24, "m")
    let weights: [Float] = [4, 4, 1]
    func share(_ rows: Range<Int>, _ sum: @escaping ([Double]) -> [Double]) -> (Float, [Float]) {
      let masks = Tensor(
        rows: rows.count, columns: 8,
        content: Array(content[rows.lowerBound * 8..<rows.upperBound * 8]), pool: pool,
        needsGradient: true)
      let tape = Tape(pool: pool)
      let y = tape.balance(masks, weights: Array(weights[rows]), globalSum: sum)
      tape.backward(from: y)
      return (y.scalar, masks.gradientArray)
    }
    var sums: [[Double]] = []
    for rows in [0..<1, 1..<3] {
      _ = share(rows) {
        sums.append($0); return $0
      }
    }
    let both = zip(sums[0], sums[1]).map(+)
    let parts = [0..<1, 1..<3].map { share($0) { _ in both } }
    let whole = share(0..<3) { $0 }
    #expect(abs(parts[0].0 - whole.0) < 1e-6 && parts[0].0 == parts[1].0)
    #expect(largestError(parts[0].1 + parts[1].1, whole.1) < 1e-6)
  }

  @Test func weightedSum() {
    let a = variable(1, 1, "a", in: pool)
    let b = variable(1, 1, "b", in: pool)
    expectGradients(of: [a, b]) { $0.weightedSum([(2, a), (-3, b), (0.5, a)]) }
  }
}
