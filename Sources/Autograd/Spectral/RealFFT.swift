import CKissFFT
import Foundation

/// The discrete Fourier transform of real frames, by KissFFT; the one place that knows it.
///
/// A spectrum is kept in planes: the real parts of bins 0…N/2, then their imaginary parts, so that
/// the loops over bins vectorise. An instance has scratch memory and serves one thread at a time.
final class RealFFT {
  /// N, the samples of a frame.
  let length: Int
  /// N/2 + 1.
  var bins: Int { length / 2 + 1 }

  private let forwardPlan: kiss_fftr_cfg
  private let inversePlan: kiss_fftr_cfg
  private let interleaved: UnsafeMutablePointer<kiss_fft_cpx>

  /// A transform of an even length.
  init(length: Int) {
    guard let forward = kiss_fftr_alloc(Int32(length), 0, nil, nil),
      let inverse = kiss_fftr_alloc(Int32(length), 1, nil, nil)
    else { preconditionFailure("no memory for a Fourier transform of \(length)") }
    self.length = length
    forwardPlan = forward
    inversePlan = inverse
    interleaved = .allocate(capacity: length / 2 + 1)
    interleaved.initialize(repeating: kiss_fft_cpx(), count: length / 2 + 1)
  }

  deinit {
    free(UnsafeMutableRawPointer(forwardPlan))
    free(UnsafeMutableRawPointer(inversePlan))
    interleaved.deallocate()
  }

  /// X[k] = Σ x[n]·e^(−2πikn/N) for k = 0…N/2.
  func forward(_ x: UnsafePointer<Float>, into planes: UnsafeMutablePointer<Float>) {
    kiss_fftr(forwardPlan, x, interleaved)
    let bins = bins
    for k in 0..<bins {
      planes[k] = interleaved[k].r
      planes[bins + k] = interleaved[k].i
    }
  }

  /// x[n] = Σ over all N bins of X[k]·e^(2πikn/N), **without** the factor 1/N; the upper bins are the
  /// conjugates of the lower ones, and the imaginary parts of bins 0 and N/2 are not read.
  func inverse(_ planes: UnsafePointer<Float>, into x: UnsafeMutablePointer<Float>) {
    let bins = bins
    for k in 0..<bins { interleaved[k] = kiss_fft_cpx(r: planes[k], i: planes[bins + k]) }
    kiss_fftri(inversePlan, interleaved, x)
  }
}
