import CKernels
import Foundation

/// The tables of the Fourier transform of real frames of one length, for the kernels that transform
/// sixteen frames at once.
///
/// A real frame of N samples is transformed as N/2 complex points, in place, by passes of radix 8 and
/// a last one of 4 or 2.
package final class FourierPlan: @unchecked Sendable {
  /// N, the samples of a frame: a power of two from 16 on.
  let length: Int
  /// N/2 + 1.
  var bins: Int { length / 2 + 1 }
  /// The floats of sixteen frames' points: scratch memory that every transform needs.
  var pointCount: Int { length * lanes }
  /// For the kernels; valid while the plan is held. Nobody writes to it.
  package let tables: UnsafePointer<fourier_plan>

  private let radices: UnsafeMutablePointer<Int32>
  private let places: UnsafeMutablePointer<Int32>
  private let twiddles: UnsafeMutablePointer<Float>
  private let half: UnsafeMutablePointer<Float>

  /// The tables for frames of `length` samples.
  package init(length: Int) {
    precondition(length >= 16 && length & (length - 1) == 0)
    let count = length / 2
    let passes = radicesOfPasses(count)
    self.length = length
    radices = filled(passes.map(Int32.init))
    places = filled((0..<count).map { Int32(place(of: $0, count, passes[...])) })
    twiddles = filled(twiddlesOfPasses(count, passes))
    half = filled(
      (0...count / 2).flatMap { k in
        let angle = Double.pi * Double(k) / Double(count)
        return [Float(cos(angle)), Float(sin(angle))]
      })
    let plan = UnsafeMutablePointer<fourier_plan>.allocate(capacity: 1)
    plan.initialize(
      to: fourier_plan(
        count: Int32(count), passes: Int32(passes.count), radix: radices, twiddles: twiddles,
        place: places, half: half))
    tables = UnsafePointer(plan)
  }

  deinit {
    tables.deallocate()
    radices.deallocate()
    places.deallocate()
    twiddles.deallocate()
    half.deallocate()
  }
}

/// Frames that are transformed at once.
let lanes = kernel_lanes

private func filled<T>(_ content: [T]) -> UnsafeMutablePointer<T> {
  let pointer = UnsafeMutablePointer<T>.allocate(capacity: max(1, content.count))
  for (i, value) in content.enumerated() { (pointer + i).initialize(to: value) }
  return pointer
}

private func radicesOfPasses(_ count: Int) -> [Int] {
  var (rest, radices) = (count, [Int]())
  while rest > 1 {
    let radix = rest % 8 == 0 ? 8 : rest
    radices.append(radix)
    rest /= radix
  }
  return radices
}

/// Where frequency k stands after all passes: each leaves frequency q mod radix in block q.
private func place(of k: Int, _ count: Int, _ radices: ArraySlice<Int>) -> Int {
  guard let radix = radices.first else { return 0 }
  let block = count / radix
  return k % radix * block + place(of: k / radix, block, radices.dropFirst())
}

private func twiddlesOfPasses(_ count: Int, _ radices: [Int]) -> [Float] {
  var length = count
  return radices.flatMap { radix in
    defer { length /= radix }
    return (0..<length / radix).flatMap { [length] j in
      (1..<radix).flatMap { q in
        let angle = 2 * Double.pi * Double(j * q % length) / Double(length)
        return [Float(cos(angle)), Float(-sin(angle))]
      }
    }
  }
}
