import Autograd
import Foundation
import TestSupport
import Testing

@Suite struct SpectralTests {
  let pool = BufferPool()

  /// Masks of one give back the sum of the sources: forward and inverse transform undo each other.
  /// Within 1e-6 of the largest sample.
  @Test(arguments: [1024, 3000, 700, 9000], [512, 1024, 2048])
  func roundTrip(samples: Int, length: Int) {
    let transform = ShortTimeTransform(
      sampleCount: samples, frameLength: length, hop: length / 4)
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

  /// Against the definition in Double, for every length of frame that is used: within 5e-7 of the
  /// largest bin.
  @Test(arguments: [16, 32, 512, 1024, 2048]) func spectrumIsThatOfTheDefinition(length: Int) {
    let transform = ShortTimeTransform(
      sampleCount: 5 * length + 3, frameLength: length, hop: length / 4)
    let wave = noise(transform.sampleCount, "wave")
    let rows = Tensor(rows: transform.frames, columns: transform.columns, pool: pool)
    transform.copyFrames(of: transform.spectrum(of: wave, pool: pool), to: rows.values)
    var expected: [Float] = []
    for frame in 0..<transform.frames {
      let windowed = (0..<length).map { n in
        let place = frame * transform.hop + n - length / 2
        let window = 0.5 - 0.5 * cos(2 * Double.pi * Double(n) / Double(length))
        return wave.indices.contains(place) ? Double(wave[place]) * window : 0
      }
      for part in [cos, { -sin($0) }] as [(Double) -> Double] {
        let values = (0..<length).map { part(2 * Double.pi * Double($0) / Double(length)) }
        for k in 0..<transform.bins {
          expected.append(
            Float(
              (0..<length).reduce(0.0) {
                $0 + windowed[$1] * values[k * $1 % length]
              }))
        }
      }
    }
    #expect(largestError(rows.array, expected) < 5e-7)
  }
}
