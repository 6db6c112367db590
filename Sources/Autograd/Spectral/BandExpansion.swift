import CKernels

/// From a few bands to many bins: every bin is a weighted mean of at most two bands. Kept sparse: the
/// dense matrix of 513 × 80 has 1,004 entries that are not zero.
public final class BandExpansion: @unchecked Sendable {
  /// The number of bands.
  public let bands: Int
  /// The number of bins.
  public let bins: Int
  /// For the kernels; valid while the expansion is held. Nobody writes to it.
  package let tables: UnsafePointer<band_expansion>
  private let indices: UnsafeMutablePointer<Int32>
  private let weights: UnsafeMutablePointer<Float>

  /// An expansion given, bin by bin, as its one or two bands and their weights.
  public init(bands: Int, rows: [[(band: Int, weight: Float)]]) {
    precondition(rows.allSatisfy { (1...2).contains($0.count) })
    precondition(rows.joined().allSatisfy { (0..<bands).contains($0.band) })
    self.bands = bands
    bins = rows.count
    indices = .allocate(capacity: 2 * bins)
    weights = .allocate(capacity: 2 * bins)
    for (bin, row) in rows.enumerated() {
      let last = row[row.count - 1]
      (indices + bin).initialize(to: Int32(row[0].band))
      (indices + bins + bin).initialize(to: Int32(last.band))
      (weights + bin).initialize(to: row[0].weight)
      (weights + bins + bin).initialize(to: row.count > 1 ? last.weight : 0)
    }
    let tables = UnsafeMutablePointer<band_expansion>.allocate(capacity: 1)
    tables.initialize(
      to: band_expansion(
        bands: Int32(bands), first: indices, second: indices + bins, weight: weights,
        other: weights + bins))
    self.tables = UnsafePointer(tables)
  }

  deinit {
    tables.deallocate()
    indices.deallocate()
    weights.deallocate()
  }
}
