import Autograd
import Foundation

/// The bands that features and masks have.
public let melBands = 80

/// The mel filters and the way back from masks of bands to masks of bins: HTK's scale
/// 2595·log₁₀(1 + f/700), triangles of peak 1 between 0 and half the sample rate.
struct MelScale: Sendable {
  /// What is added to a band's power before its logarithm.
  static let floor: Float = 1e-5

  /// The bins and weights of each band.
  let filters: BandFilters
  /// Each bin's mask: the mean of the bands that cover it, weighted by their filters; bins that none
  /// covers (0 Hz, the upper end) take the nearest band.
  let expansion: BandExpansion

  init(bands: Int = melBands, bins: Int, sampleRate: Int) {
    let dense = melFilters(bands: bands, bins: bins, sampleRate: sampleRate)
    filters = BandFilters(
      bins: bins,
      dense.map { row in
        let first = row.firstIndex { $0 > 0 } ?? 0
        let last = row.lastIndex { $0 > 0 } ?? first
        return (first, Array(row[first...last]))
      })
    let centres = dense.map { row in row.indices.max { row[$0] < row[$1] } ?? 0 }
    expansion = BandExpansion(
      bands: bands, rows: (0..<bins).map { bin in bandsOfBin(bin, dense, centres: centres) })
  }

  /// (ln(mel power + 1e-5) + 2)/4 of every frame of a spectrum: about unit scale for music.
  func features(of spectrum: Tensor, _ transform: ShortTimeTransform, pool: BufferPool) -> Tensor {
    let features = transform.logBandPowers(of: spectrum, filters, floor: Self.floor, pool: pool)
    for i in 0..<features.count { features.values[i] = (features.values[i] + 2) / 4 }
    return features
  }
}

private func melFilters(bands: Int, bins: Int, sampleRate: Int) -> [[Float]] {
  let nyquist = Double(sampleRate) / 2
  let top = 2595 * log10(1 + nyquist / 700)
  let edges = (0..<bands + 2).map { place in
    700 * (pow(10, top * Double(place) / Double(bands + 1) / 2595) - 1)
  }
  return (0..<bands).map { band in
    (0..<bins).map { bin in
      let frequency = Double(bin) * nyquist / Double(bins - 1)
      let up = (frequency - edges[band]) / (edges[band + 1] - edges[band])
      let down = (edges[band + 2] - frequency) / (edges[band + 2] - edges[band + 1])
      return Float(max(0, min(up, down)))
    }
  }
}

private func bandsOfBin(
  _ bin: Int, _ dense: [[Float]], centres: [Int]
) -> [(band: Int, weight: Float)] {
  let covering = dense.indices.filter { dense[$0][bin] > 0 }
  let total = covering.reduce(Float(0)) { $0 + dense[$1][bin] }
  if total < 1e-6 {
    let nearest = centres.indices.min { abs(centres[$0] - bin) < abs(centres[$1] - bin) } ?? 0
    return [(nearest, 1)]
  }
  return covering.map { ($0, dense[$0][bin] / total) }
}
