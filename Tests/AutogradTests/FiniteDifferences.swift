import Autograd
import RunContract
import Testing

/// Numbers in −1…1 that are the same in every run of the tests.
func noise(_ count: Int, _ stream: String) -> [Float] {
  var generator = SeededGenerator(seed: 1, stream: stream)
  return (0..<count).map { _ in Float(2 * generator.uniform() - 1) }
}

/// A variable of noise.
func variable(
  _ rows: Int, _ columns: Int, _ stream: String, in pool: BufferPool, plus offset: Float = 0
) -> Tensor {
  Tensor(
    rows: rows, columns: columns, content: noise(rows * columns, stream).map { $0 + offset },
    pool: pool, needsGradient: true)
}

/// A constant of noise.
func constant(_ rows: Int, _ columns: Int, _ stream: String, in pool: BufferPool) -> Tensor {
  Tensor(rows: rows, columns: columns, content: noise(rows * columns, stream), pool: pool)
}

/// Holds an operation's gradients against central differences of Σ cotangent·result, summed in
/// Double.
///
/// The results are 32-bit floats, so that a difference quotient of step h is right to about 1e-7/h
/// plus the operation's curvature times h²: `step` and `tolerance` (relative to the largest gradient
/// of the same variable) are chosen for each operation with that in mind.
func expectGradients(
  of variables: [Tensor], step: Float = 1e-2, tolerance: Double = 2e-3,
  sourceLocation: SourceLocation = #_sourceLocation, _ operation: (Tape) -> Tensor
) {
  let pool = BufferPool()
  let tape = Tape(pool: pool)
  let result = operation(tape)
  let cotangent = noise(result.count, "cotangent")
  tape.backward(from: result, cotangent: cotangent)
  func projection() -> Double {
    zip(operation(Tape(pool: pool, recording: false)).array, cotangent).reduce(0) {
      $0 + Double($1.0) * Double($1.1)
    }
  }
  for (number, variable) in variables.enumerated() {
    let gradient = variable.gradientArray.map(Double.init)
    let scale = gradient.map(abs).max() ?? 0
    #expect(scale > 0, "variable \(number) has no gradient", sourceLocation: sourceLocation)
    for i in 0..<variable.count {
      let old = variable.values[i]
      variable.values[i] = old + step
      let above = projection()
      variable.values[i] = old - step
      let below = projection()
      let width = Double((old + step) - (old - step))
      variable.values[i] = old
      let quotient = (above - below) / width
      #expect(
        abs(quotient - gradient[i]) <= tolerance * scale,
        "variable \(number)[\(i)]: difference \(quotient), gradient \(gradient[i])",
        sourceLocation: sourceLocation)
    }
  }
}
