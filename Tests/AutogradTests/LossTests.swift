import Autograd
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

  @Test func pearson() {
    let x = variable(2, 9, "x", in: pool)
    let references = [constant(1, 9, "a", in: pool), constant(1, 9, "b", in: pool)]
    expectGradients(of: [x], step: 1e-3) { $0.pearson(x, with: references, epsilon: 1e-6) }
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

  @Test func weightedSum() {
    let a = variable(1, 1, "a", in: pool)
    let b = variable(1, 1, "b", in: pool)
    expectGradients(of: [a, b]) { $0.weightedSum([(2, a), (-3, b), (0.5, a)]) }
  }
}
