import Autograd
import CKernels
import Foundation
import TestSupport
import Testing

/// Every instruction set gives the bits of the baseline, for every kernel. The levels that this
/// processor lacks are not tested.
@Suite struct KernelTests {
  private static let wider = [kernel_avx2, kernel_avx512].compactMap {
    kernels_of_level($0)?.pointee
  }
  private let machine = kernels_of_machine().pointee

  /// A count that fills no register evenly.
  private let count = 4096 * 2 + 37

  private func expectSameBits(
    _ name: Comment, count: Int? = nil, sourceLocation: SourceLocation = #_sourceLocation,
    _ run: (kernels, UnsafeMutablePointer<Float>) -> Void
  ) throws {
    func result(_ kernels: kernels) -> [UInt32] {
      var y = noise(count ?? self.count, "y")
      y.withUnsafeMutableBufferPointer { buffer in
        if let base = buffer.baseAddress { run(kernels, base) }
      }
      return y.map(\.bitPattern)
    }
    let expected = result(try #require(kernels_of_level(kernel_baseline)).pointee)
    #expect(expected != noise(expected.count, "y").map(\.bitPattern), "\(name) did nothing")
    for kernels in Self.wider {
      #expect(result(kernels) == expected, name, sourceLocation: sourceLocation)
    }
  }

  @Test func elements() throws {
    let (x, z) = (noise(count, "x"), noise(count, "z"))
    let n = Int64(count)
    try expectSameBits("add") { $0.add($1, x, n) }
    try expectSameBits("add_scaled") { $0.add_scaled($1, x, 0.3, n) }
    try expectSameBits("multiply") { $0.multiply($1, x, z, n) }
    try expectSameBits("add_product") { $0.add_product($1, x, z, n) }
    try expectSameBits("scale") { $0.scale($1, 0.3, n) }
    try expectSameBits("clamp_negative") { $0.clamp_negative($1, n) }
    try expectSameBits("mask_gradient") { $0.mask_gradient($1, x, n) }
    try expectSameBits("sigmoid") { $0.sigmoid($1, x.map { $0 * 100 }, n) }
    try expectSameBits("logarithm") { $0.logarithm($1, x.map { abs($0) + 1e-30 }, n) }
    for adding in [0, 1] as [Int32] {
      try expectSameBits("sigmoid_gradient") { $0.sigmoid_gradient($1, x, z, n, adding) }
      try expectSameBits("difference") { $0.difference($1, x, z, 0.3, n, adding) }
    }
    try expectSameBits("fill_rows") { $0.fill_rows($1, x, nil, 9, 75) }
    try expectSameBits("fill_rows with residual") { $0.fill_rows($1, x, z, 9, 75) }
    let step = adamw_step(
      share1: 0.1, keep2: 0.999, share2: 0.001, root: 0.2, keep: 0.99, rate: 1e-3)
    try expectSameBits("adamw", count: 300) {
      $0.clamp_negative($1 + 200, 100)
      $0.adamw($1, x, $1 + 100, $1 + 200, step, 100)
    }
  }

  @Test func sums() throws {
    let (x, z) = (noise(count, "x"), noise(count, "z"))
    let n = Int64(count)
    try expectSameBits("sum") { $1[0] = $0.sum(x, n) }
    try expectSameBits("squared_distance") { kernels, y in
      withUnsafeBytes(of: kernels.squared_distance(x, z, n).bitPattern) {
        UnsafeMutableRawPointer(y).copyMemory(from: $0.baseAddress!, byteCount: 8)
      }
    }
    try expectSameBits("squared_norm") { kernels, y in
      withUnsafeBytes(of: kernels.squared_norm(x, n).bitPattern) {
        UnsafeMutableRawPointer(y).copyMemory(from: $0.baseAddress!, byteCount: 8)
      }
    }
    try expectSameBits("peak") {
      var index: Int64 = -1
      $1[0] = $0.peak(x, n, &index)
      $1[1] = Float(index)
    }
    try expectSameBits("add_rows") { $0.add_rows($1, x, 70, 75, 90) }
  }

  @Test(arguments: [16, 75, 192]) func layerNorm(columns: Int) throws {
    let (x, z) = (noise(8192, "x"), noise(8192, "z"))
    let rows = 9
    try expectSameBits("normalise") {
      $0.normalise($1, $1 + rows * columns, x, z, z, Int64(rows), Int64(columns))
    }
    for adding in [0, 1] as [Int32] {
      try expectSameBits("normalise_gradient") {
        $0.normalise_gradient(
          $1, $1 + 4000, $1 + 5000, x, z, x, z, Int64(rows), Int64(columns), adding)
      }
    }
  }

  @Test(arguments: [16, 512, 1024, 2048]) func frames(length: Int) throws {
    let plan = FourierPlan(length: length)
    let tables = plan.tables
    defer { withExtendedLifetime(plan) {} }
    let x = noise(32 * length, "x")
    let hop = Int64(length / 4)
    let window = noise(length, "window")
    try expectSameBits("load_frames", count: 16 * length) {
      $0.load_frames(tables, $1, x, hop, window)
    }
    try expectSameBits("add_frames", count: 16 * length) {
      $0.add_frames(tables, x, $1, hop, window)
    }
    try expectSameBits("forward", count: 16 * length) { $0.forward(tables, $1) }
    try expectSameBits("inverse", count: 16 * length) { $0.inverse(tables, $1) }
    try expectSameBits("bins_of_points", count: 16 * (length + 2)) {
      $0.bins_of_points(tables, x, $1)
    }
    try expectSameBits("points_of_bins", count: 16 * length) { $0.points_of_bins(tables, x, $1) }
    let bands = 7
    let expansion = BandExpansion(
      bands: bands,
      rows: (0..<length / 2 + 1).map { bin in
        [(bin % bands, 0.3), ((bin + 1) % bands, 0.7)]
      })
    let masks = noise(2 * bands * 16, "masks")
    let z = noise(16 * (length + 2), "z")
    try expectSameBits("mix_points", count: 16 * length) {
      $0.mix_points(tables, expansion.tables, masks, x, z, $1)
    }
    try expectSameBits("mix_gradient", count: 2 * bands * 16) {
      $0.mix_gradient(tables, expansion.tables, x, x, z, $1)
    }
  }

  @Test func distances() throws {
    let plan = FourierPlan(length: 512)
    let tables = plan.tables
    let bands = BandFilters(bins: 257, [(0, [0.3, 0.7]), (1, [0.1]), (200, [1, 2, 3])])
    let filters = bands.tables
    defer { withExtendedLifetime((plan, bands)) {} }
    let (x, z) = (noise(16 * 514, "x"), noise(16 * 514, "z"))
    try expectSameBits("compare_magnitudes", count: 48) {
      $0.compare_magnitudes(tables, x, z, 1e-7, $1)
    }
    try expectSameBits("compare_magnitudes_gradient", count: 16 * 514) {
      $0.compare_magnitudes_gradient(tables, $1, z, 1e-7, 0.3, 0.2)
    }
    try expectSameBits("band_powers", count: 48) { $0.band_powers(tables, filters, x, $1) }
    var powers = [Float](repeating: 0, count: 16 * 257)
    try expectSameBits("band_powers_gradient", count: 16 * 514) {
      $0.band_powers_gradient(tables, filters, x, &powers, $1)
    }
  }

  @Test func transpositions() throws {
    let x = noise(6000, "x")
    try expectSameBits("transpose") { $0.transpose($1, 50, x, 75, 45, 70) }
    try expectSameBits("rows_to_lanes") { kernels, y in
      x.withUnsafeBufferPointer { x in
        kernels.rows_to_lanes(y, (0..<16).map { x.baseAddress! + 90 * $0 }, 75)
      }
    }
    try expectSameBits("lanes_to_rows") { kernels, y in
      kernels.lanes_to_rows((0..<16).map { y + 90 * $0 }, x, 75)
    }
  }

  /// Against the C library's functions in Double: the sigmoid within 4e-7 of itself from −87 on, the
  /// logarithm within 2.5e-7 of itself or 1e-7, whichever is larger.
  @Test func sigmoidAndLogarithmAreExact() {
    let x = (0...400_000).map { -87 + 174 * Float($0) / 400_000 }
    var y = x
    machine.sigmoid(&y, x, Int64(x.count))
    let worst = zip(x, y).map { x, y in
      let exact = 1 / (1 + exp(-Double(x)))
      return abs(Double(y) - exact) / exact
    }.max()
    #expect(worst! < 4e-7)
    var ends: [Float] = [-.infinity, -1000, 1000, .infinity, .nan]
    machine.sigmoid(&ends, ends, 5)
    #expect(ends[..<4] == [0, 0, 1, 1] && ends[4].isNaN)

    let positive = x.map { Float(exp(Double($0))) } + [1, Float(1).nextUp, Float(1).nextDown]
    var logarithms = positive
    machine.logarithm(&logarithms, positive, Int64(positive.count))
    let error = zip(positive, logarithms).map { x, y in
      abs(Double(y) - log(Double(x))) / max(abs(log(Double(x))), 0.4)
    }.max()
    #expect(error! < 2.5e-7)
  }
}
