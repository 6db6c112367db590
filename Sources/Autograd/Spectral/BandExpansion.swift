/// From a few bands to many bins: every bin is a weighted mean of at most two bands. Kept sparse: the
/// dense matrix of 513 × 80 has 1,004 entries that are not zero.
public struct BandExpansion: Sendable {
  /// The number of bands.
  public let bands: Int
  /// The number of bins.
  public let bins: Int
  private let first: [Int32]
  private let second: [Int32]
  private let firstWeight: [Float]
  private let secondWeight: [Float]

  /// An expansion given, bin by bin, as its one or two bands and their weights.
  public init(bands: Int, rows: [[(band: Int, weight: Float)]]) {
    precondition(rows.allSatisfy { (1...2).contains($0.count) })
    precondition(rows.joined().allSatisfy { (0..<bands).contains($0.band) })
    self.bands = bands
    bins = rows.count
    first = rows.map { Int32($0[0].band) }
    firstWeight = rows.map { $0[0].weight }
    second = rows.map { Int32($0[$0.count - 1].band) }
    secondWeight = rows.map { $0.count > 1 ? $0[1].weight : 0 }
  }

  /// The bins of one row of bands.
  public func expand(_ row: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>) {
    withTables { first, second, weight, other in
      for k in 0..<bins {
        target[k] = weight[k] * row[Int(first[k])] + other[k] * row[Int(second[k])]
      }
    }
  }

  /// Adds the transposed expansion: the gradient of the bands from that of the bins.
  public func addTransposed(
    _ gradient: UnsafePointer<Float>, to row: UnsafeMutablePointer<Float>
  ) {
    withTables { first, second, weight, other in
      for k in 0..<bins {
        row[Int(first[k])] += weight[k] * gradient[k]
        row[Int(second[k])] += other[k] * gradient[k]
      }
    }
  }

  @inline(__always)
  private func withTables(
    _ body: (
      UnsafePointer<Int32>, UnsafePointer<Int32>, UnsafePointer<Float>, UnsafePointer<Float>
    ) -> Void
  ) {
    first.withUnsafeBufferPointer { first in
      second.withUnsafeBufferPointer { second in
        firstWeight.withUnsafeBufferPointer { weight in
          secondWeight.withUnsafeBufferPointer { other in
            guard let f = first.baseAddress, let s = second.baseAddress,
              let w = weight.baseAddress, let o = other.baseAddress
            else { return }
            body(f, s, w, o)
          }
        }
      }
    }
  }
}
