import CKernels

/// From many bins to a few bands: the power of a band is a weighted sum of the powers of a run of
/// bins.
public final class BandFilters: @unchecked Sendable {
  /// The number of bands.
  public let bands: Int
  /// The bins of the spectra that they are for.
  public let bins: Int
  /// For the kernels; valid while the filters are held. Nobody writes to it.
  package let tables: UnsafePointer<band_filters>
  private let indices: UnsafeMutablePointer<Int32>
  private let weights: UnsafeMutablePointer<Float>

  /// Filters given by the first bin and the weights of each band.
  public init(bins: Int, _ filters: [(firstBin: Int, weights: [Float])]) {
    precondition(filters.allSatisfy { $0.firstBin >= 0 && $0.firstBin + $0.weights.count <= bins })
    bands = filters.count
    self.bins = bins
    indices = .allocate(capacity: 2 * bands + 1)
    weights = .allocate(capacity: max(1, filters.reduce(0) { $0 + $1.weights.count }))
    var start = 0
    for (band, filter) in filters.enumerated() {
      (indices + band).initialize(to: Int32(filter.firstBin))
      (indices + bands + band).initialize(to: Int32(start))
      for weight in filter.weights {
        (weights + start).initialize(to: weight)
        start += 1
      }
    }
    (indices + 2 * bands).initialize(to: Int32(start))
    let tables = UnsafeMutablePointer<band_filters>.allocate(capacity: 1)
    tables.initialize(
      to: band_filters(
        bands: Int32(bands), first: indices, start: indices + bands, weights: weights))
    self.tables = UnsafePointer(tables)
  }

  deinit {
    tables.deallocate()
    indices.deallocate()
    weights.deallocate()
  }
}

extension ShortTimeTransform {
  /// ln(band power + floor) of a spectrum.
  /// - Parameters:
  ///   - spectrum: of this transform (``spectrum(of:pool:crew:)``).
  ///   - floor: what is added to every band's power, positive.
  /// - Returns: ``frames`` × bands.
  public func logBandPowers(
    of spectrum: Tensor, _ filters: BandFilters, floor: Float, pool: BufferPool,
    crew: Crew = .shared
  ) -> Tensor {
    precondition(spectrum.count == blocks * blockCount && filters.bins == bins)
    let bands = filters.bands
    let result = Tensor(rows: frames, columns: bands, pool: pool)
    // Bands in lanes, then a row for the frames beyond the last.
    let scratch = pool.take(crew.threads * bands * (lanes + 1))
    crew.forEach(blocks) { worker, block in
      let inLanes = scratch.pointer + worker * bands * (lanes + 1)
      logBandPowers(ofBlock: spectrum.values + block * blockCount, filters, floor, into: inLanes)
      let rows = (block * lanes..<(block + 1) * lanes).map { frame in
        frame < frames ? result.values + frame * bands : inLanes + bands * lanes
      }
      kernels.lanes_to_rows(rows, inLanes, Int64(bands))
    }
    return result
  }

  /// The same of one block, in lanes.
  func logBandPowers(
    ofBlock block: UnsafePointer<Float>, _ filters: BandFilters, _ floor: Float,
    into inLanes: UnsafeMutablePointer<Float>
  ) {
    let count = filters.bands * lanes
    kernels.band_powers(plan.tables, filters.tables, block, inLanes)
    for i in 0..<count { inLanes[i] += floor }
    kernels.logarithm(inLanes, inLanes, Int64(count))
  }
}
