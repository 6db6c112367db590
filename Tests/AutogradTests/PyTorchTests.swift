import Autograd
import TestSupport
import Testing

/// Operations against PyTorch's, forward and backward. Tolerance: 1e-5 of the largest element; both
/// sides are 32-bit and add in different orders. Behind logarithms of spectra 2e-5, and 1e-4 where
/// single bins may be all but silent.
@Suite struct PyTorchTests {
  let pool = BufferPool()
  let reference: ReferenceTensors

  init() throws { reference = try ReferenceTensors("operations") }

  private func tensor(_ name: String) -> Tensor {
    let entry = reference[name]
    let rows = entry.shape.count > 1 ? entry.shape[0] : 1
    return Tensor(
      rows: rows, columns: entry.values.count / rows, content: entry.values, pool: pool,
      needsGradient: true)
  }

  private func expectSame(
    _ layer: String, _ names: [String], tolerance: Float = 1e-5,
    _ operation: (Tape, [Tensor]) -> Tensor
  ) {
    let operands = names.map { tensor("\(layer).\($0)") }
    let tape = Tape(pool: pool)
    let result = operation(tape, operands)
    #expect(largestError(result.array, reference["\(layer).result"].values) < tolerance)
    tape.backward(from: result, cotangent: reference["\(layer).cotangent"].values)
    for (name, operand) in zip(names, operands) {
      let expected = reference["\(layer).\(name).gradient"].values
      #expect(largestError(operand.gradientArray, expected) < tolerance, "\(layer).\(name)")
    }
  }

  @Test func linear() {
    expectSame("linear", ["x", "weight", "bias"]) { $0.linear($1[0], weight: $1[1], bias: $1[2]) }
  }

  @Test func layerNorm() {
    expectSame("norm", ["x", "scale", "shift"]) {
      $0.layerNorm($1[0], scale: $1[1], shift: $1[2])
    }
  }

  @Test func convolution() {
    expectSame("convolution", ["x", "weight", "bias"]) {
      $0.convolutionReLU($1[0], weight: $1[1], bias: $1[2], clips: 2, dilation: 2)
    }
  }

  @Test func averageFrames() {
    expectSame("pool", ["x"]) { $0.averageFrames($1[0], clips: 2, stride: 4) }
  }

  /// Analysis, sparse expansion, mix and inverse transform.
  @Test func mixedWaveforms() {
    let transform = ShortTimeTransform(sampleCount: 3000)
    let dense = reference["mix.expansion"]
    let bands = dense.shape[1]
    let expansion = BandExpansion(
      bands: bands,
      rows: (0..<dense.shape[0]).map { bin in
        (0..<bands).compactMap { band in
          let weight = dense.values[bin * bands + band]
          return weight > 0 ? (band, weight) : nil
        }
      })
    let waves = ["mix.input", "mix.target"].flatMap { name in
      (0..<2).map { Array(reference[name].values[$0 * 3000..<($0 + 1) * 3000]) }
    }
    let spectra = waves.map { transform.spectrum(of: $0, pool: pool) }
    let found = spectra[..<2].flatMap { spectrum in
      let rows = Tensor(rows: transform.frames, columns: transform.columns, pool: pool)
      transform.copyFrames(of: spectrum, to: rows.values)
      return rows.array
    }
    #expect(largestError(found, reference["mix.spectrum"].values) < 1e-5)
    expectSame("mix", ["masks"]) {
      $0.mixedWaveforms(
        masks: $1[0], inputs: Array(spectra[..<2]), targets: Array(spectra[2...]),
        expansion: expansion, transform: transform, stride: 4)
    }
  }

  @Test func sigmoid() {
    expectSame("sigmoid", ["x"]) { $0.sigmoid($1[0]) }
  }

  @Test func segmentPeaks() {
    expectSame("peaks", ["x"]) { $0.segmentPeaks($1[0], segments: 24) }
  }

  @Test func rootMeanSquare() {
    expectSame("rms", ["x"]) {
      $0.rootMeanSquare(of: $1[0], minus: rows("rms.reference"))
    }
  }

  @Test func spectralDistance() {
    expectSame("spectral", ["x"], tolerance: 1e-4) {
      $0.spectralDistance(
        of: $1[0], to: rows("spectral.reference"), ShortTimeTransform.resolutions(sampleCount: 3000)
      )
    }
  }

  @Test func bandDistance() {
    let transform = ShortTimeTransform(sampleCount: 3000)
    let dense = reference["bands.filters"]
    let filters = BandFilters(
      bins: dense.shape[1],
      (0..<dense.shape[0]).map { band in
        let row = Array(dense.values[band * dense.shape[1]..<(band + 1) * dense.shape[1]])
        let first = row.firstIndex { $0 > 0 } ?? 0
        return (first, Array(row[first...(row.lastIndex { $0 > 0 } ?? first)]))
      })
    let spectra = rows("bands.reference").map { transform.spectrum(of: $0.values, pool: pool) }
    expectSame("bands", ["x"], tolerance: 2e-5) {
      $0.bandDistance(of: $1[0], to: spectra, filters, transform: transform)
    }
  }

  /// Two ordinary rows, then a still reference, a still row, and both: NaN where PyTorch has it.
  @Test(arguments: PearsonForm.allCases) func pearson(form: PearsonForm) {
    let name = "pearson.\(form.rawValue)"
    let x = tensor("\(name).x")
    let tape = Tape(pool: pool)
    let c = tape.pearson(x, with: rows("\(name).reference"), epsilon: 1e-6, form: form)
    tape.backward(from: c, cotangent: [1, 1, 1, 1, 1])
    for (found, kind) in [(c.array, "result"), (x.gradientArray, "x.gradient")] {
      let expected = reference["\(name).\(kind)"].values
      #expect(found.map(\.isNaN) == expected.map(\.isNaN))
      #expect(largestError(found.filter { !$0.isNaN }, expected.filter { !$0.isNaN }) < 1e-5)
    }
  }

  /// The rows of a reference tensor as constants.
  private func rows(_ name: String) -> [Tensor] {
    let entry = reference[name]
    let columns = entry.shape[1]
    return (0..<entry.shape[0]).map { row in
      Tensor(
        rows: 1, columns: columns,
        content: Array(entry.values[row * columns..<(row + 1) * columns]), pool: pool)
    }
  }
}
