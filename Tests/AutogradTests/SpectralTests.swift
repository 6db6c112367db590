import Autograd
import Foundation
import Testing

@Suite struct SpectralTests {
  let pool = BufferPool()

  /// Masks of one give back the sum of the sources: forward and inverse transform undo each other.
  /// Within 1e-6 of the largest sample.
  @Test(arguments: [1024, 3000, 700]) func roundTrip(samples: Int) {
    let transform = ShortTimeTransform(sampleCount: samples)
    let expansion = BandExpansion(
      bands: 1, rows: Array(repeating: [(band: 0, weight: 1)], count: transform.bins))
    let waves = [noise(samples, "left"), noise(samples, "right")]
    let spectra = waves.map { wave in
      transform.spectrum(of: wave, pool: pool)
    }
    let masks = Tensor(
      rows: transform.frames, columns: 2,
      content: Array(repeating: 1, count: 2 * transform.frames), pool: pool)
    let y = Tape(pool: pool).mixedWaveforms(
      masks: masks, inputs: [spectra[0]], targets: [spectra[1]], expansion: expansion,
      transform: transform, stride: 1)
    let expected = zip(waves[0], waves[1]).map { $0 + $1 }
    #expect(zip(y.array, expected).allSatisfy { abs($0 - $1) < 2e-6 })
  }

  /// A small transform (frames of 16, hop 4), masks shared by three frames, two clips.
  @Test func mixedWaveforms() {
    let transform = ShortTimeTransform(sampleCount: 41, frameLength: 16, hop: 4)
    let expansion = BandExpansion(
      bands: 2,
      rows: (0..<transform.bins).map { [(0, 1 - Float($0) / 8), (1, Float($0) / 8)] })
    let spectra = (0..<4).map { number in
      transform.spectrum(of: noise(41, "wave \(number)"), pool: pool)
    }
    let groups = pooledFrameCount(transform.frames, stride: 3)
    let masks = variable(2 * groups, 4, "masks", in: pool)
    expectGradients(of: [masks]) {
      $0.mixedWaveforms(
        masks: masks, inputs: Array(spectra[..<2]), targets: Array(spectra[2...]),
        expansion: expansion, transform: transform, stride: 3)
    }
  }

  /// Two threads give the bits of one.
  @Test func threadsDoNotChangeResults() {
    func gradient(threads: Int) -> [Float] {
      let transform = ShortTimeTransform(sampleCount: 20000)
      let expansion = BandExpansion(
        bands: 1, rows: Array(repeating: [(band: 0, weight: 1)], count: transform.bins))
      let spectra = (0..<6).map { number in
        transform.spectrum(of: noise(20000, "wave \(number)"), pool: pool)
      }
      let masks = variable(3 * transform.frames, 2, "masks", in: pool)
      let tape = Tape(pool: pool, crew: Crew(threads: threads))
      let y = tape.mixedWaveforms(
        masks: masks, inputs: Array(spectra[..<3]), targets: Array(spectra[3...]),
        expansion: expansion, transform: transform, stride: 1)
      tape.backward(from: y, cotangent: noise(y.count, "cotangent"))
      return y.array + masks.gradientArray
    }
    #expect(gradient(threads: 1) == gradient(threads: 2))
  }
}
