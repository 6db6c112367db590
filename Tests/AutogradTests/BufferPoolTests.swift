import Autograd
import Testing

@Suite struct BufferPoolTests {
  @Test func buffersAreUsedAgain() {
    let pool = BufferPool()
    for _ in 0..<10 {
      let x = Tensor(rows: 3, columns: 50, pool: pool)
      x.values.update(repeating: 1, count: x.count)
    }
    #expect(pool.allocatedBytes == 160 * 4)
  }

  /// A step asks for what the step before it gave back: memory does not grow.
  @Test func stepsDoNotGrow() {
    let pool = BufferPool()
    let x = variable(6, 4, "x", in: pool)
    let w = variable(4, 4, "w", in: pool)
    let b = variable(1, 4, "b", in: pool)
    var after: [Int] = []
    for _ in 0..<3 {
      let tape = Tape(pool: pool)
      let y = tape.sigmoid(tape.linear(x, weight: w, bias: b, residual: x))
      tape.backward(from: y, cotangent: [Float](repeating: 1, count: y.count))
      after.append(pool.allocatedBytes)
    }
    #expect(after[1] == after[2])
  }
}
