import Autograd
import Testing

@Suite struct LayerTests {
  let pool = BufferPool()

  @Test func linear() {
    let x = variable(5, 3, "x", in: pool)
    let w = variable(4, 3, "w", in: pool)
    let b = variable(1, 4, "b", in: pool)
    expectGradients(of: [x, w, b]) { $0.linear(x, weight: w, bias: b) }
  }

  @Test func linearWithResidualUsedTwice() {
    let x = variable(5, 3, "x", in: pool)
    let w = variable(3, 3, "w", in: pool)
    let b = variable(1, 3, "b", in: pool)
    expectGradients(of: [x, w, b]) { $0.linear(x, weight: w, bias: b, residual: x) }
  }

  /// Units far on either side of zero, so that no difference quotient straddles the kink.
  @Test(arguments: [1, 2, 9]) func convolution(dilation: Int) {
    let x = variable(14, 3, "x", in: pool)
    let w = variable(2, 9, "w", in: pool)
    let b = Tensor(rows: 1, columns: 2, content: [20, -20], pool: pool, needsGradient: true)
    expectGradients(of: [x, w, b]) {
      $0.convolutionReLU(x, weight: w, bias: b, clips: 2, dilation: dilation)
    }
    #expect(w.gradientArray[9...].allSatisfy { $0 == 0 }, "the unit below zero learns nothing")
  }

  @Test func convolutionKeepsClipsApart() {
    let x = constant(8, 1, "x", in: pool)
    for i in 0..<4 { x.values[i] = 0 }
    let w = Tensor(rows: 1, columns: 3, content: [1, 1, 1], pool: pool)
    let b = Tensor(rows: 1, columns: 1, content: [0], pool: pool)
    let y = Tape(pool: pool).convolutionReLU(x, weight: w, bias: b, clips: 2, dilation: 1)
    #expect(y.array[..<4].allSatisfy { $0 == 0 })
  }

  @Test(arguments: [3, 8, 19]) func layerNorm(channels: Int) {
    let x = variable(4, channels, "x", in: pool)
    let scale = variable(1, channels, "scale", in: pool)
    let shift = variable(1, channels, "shift", in: pool)
    expectGradients(of: [x, scale, shift], step: 3e-3, tolerance: 5e-3) {
      $0.layerNorm(x, scale: scale, shift: shift)
    }
  }

  @Test(arguments: [1, 4, 5]) func averageFrames(stride: Int) {
    let x = variable(14, 2, "x", in: pool)
    expectGradients(of: [x]) { $0.averageFrames(x, clips: 2, stride: stride) }
  }

  @Test func sigmoid() {
    let x = variable(3, 7, "x", in: pool)
    expectGradients(of: [x]) { $0.sigmoid(x) }
  }

  @Test func sigmoidOfExtremesIsFinite() {
    let x = Tensor(rows: 1, columns: 4, content: [-200, -88, 88, 200], pool: pool)
    let y = Tape(pool: pool).sigmoid(x).array
    #expect(y[0] == 0 && y[3] == 1 && y.allSatisfy { $0.isFinite })
  }
}
