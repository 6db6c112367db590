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

  /// Small transforms, one of them with a hop that is not a power of two.
  @Test func spectralDistance() {
    let x = variable(2, 150, "x", in: pool)
    let references = (0..<2).map { constant(1, 150, "reference \($0)", in: pool) }
    let transforms = [(16, 4), (32, 10)].map {
      ShortTimeTransform(sampleCount: 150, frameLength: $0, hop: $1)
    }
    expectGradients(of: [x], step: 1e-3, tolerance: 1e-2) {
      $0.spectralDistance(of: x, to: references, transforms)
    }
  }

  @Test func bandDistance() {
    let x = variable(2, 150, "x", in: pool)
    let transform = ShortTimeTransform(sampleCount: 150, frameLength: 32, hop: 8)
    let references = (0..<2).map {
      transform.spectrum(of: noise(150, "reference \($0)"), pool: pool)
    }
    let filters = BandFilters(
      bins: 17, [(0, [1, 0.5]), (1, [0.5, 1, 0.3]), (9, [0.2, 1, 1, 0.1])])
    expectGradients(of: [x], step: 1e-3, tolerance: 1e-2) {
      $0.bandDistance(of: x, to: references, filters, floor: 0.1, transform: transform)
    }
  }

  /// Equal waveforms have no distance and no gradient, silence is finite on either side, and shares of
  /// a batch add up.
  @Test func distancesOfEqualAndSilentWaves() {
    let samples = 3000
    let wave = noise(samples, "wave")
    let silence = [Float](repeating: 0, count: samples)
    let transform = ShortTimeTransform(sampleCount: samples)
    let filters = BandFilters(bins: transform.bins, [(3, [1, 2]), (100, [1])])
    func distances(_ x: [Float], _ reference: [Float], clips: Int?) -> ([Float], [Float]) {
      let x = Tensor(rows: 1, columns: samples, content: x, pool: pool, needsGradient: true)
      let reference = Tensor(rows: 1, columns: samples, content: reference, pool: pool)
      let tape = Tape(pool: pool)
      let losses = [
        tape.spectralDistance(of: x, to: [reference], [transform], clips: clips),
        tape.bandDistance(
          of: x, to: [transform.spectrum(of: reference.values, pool: pool)], filters,
          transform: transform, clips: clips),
      ]
      tape.backward(from: tape.weightedSum(losses.map { (1, $0) }))
      return (losses.map(\.scalar), x.gradientArray)
    }
    let equal = distances(wave, wave, clips: nil)
    #expect(equal.0 == [0, 0] && equal.1.allSatisfy { $0 == 0 })
    for (x, reference) in [(silence, wave), (wave, silence), (silence, silence)] {
      let (values, gradient) = distances(x, reference, clips: nil)
      #expect((values + gradient).allSatisfy { $0.isFinite })
    }
    let (whole, half) = (
      distances(wave, silence, clips: nil), distances(wave, silence, clips: 2)
    )
    #expect(largestError(half.0.map { 2 * $0 }, whole.0) < 1e-6)
    #expect(largestError(half.1.map { 2 * $0 }, whole.1) < 1e-6)
  }

  @Test func logBandPowers() {
    let transform = ShortTimeTransform(sampleCount: 3000)
    let spectrum = transform.spectrum(of: noise(3000, "wave"), pool: pool)
    let rows = Tensor(rows: transform.frames, columns: transform.columns, pool: pool)
    transform.copyFrames(of: spectrum, to: rows.values)
    let weights: [[Float]] = [[1, 0.5], [0.25, 1, 0.75]]
    let filters = BandFilters(bins: 513, [(7, weights[0]), (510, weights[1])])
    let expected = (0..<transform.frames).flatMap { frame in
      zip([7, 510], weights).map { first, weights in
        let power = weights.enumerated().reduce(Float(0)) { total, weight in
          let place = frame * transform.columns + first + weight.offset
          let (re, im) = (rows.values[place], rows.values[place + 513])
          return total + weight.element * (re * re + im * im)
        }
        return log(power + 1e-5)
      }
    }
    let found = transform.logBandPowers(of: spectrum, filters, floor: 1e-5, pool: pool)
    #expect(largestError(found.array, expected) < 1e-6)
  }
}
