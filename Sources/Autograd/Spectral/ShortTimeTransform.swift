import Foundation

/// The short-time Fourier transform of clips of one length and its inverse: periodic Hann window,
/// frames centred on multiples of the hop, zeros beyond the clip's ends (`torch.stft` with
/// `center=True, pad_mode="constant"`), the inverse divided by Σw².
public final class ShortTimeTransform {
  /// The samples of a frame, N.
  public let frameLength: Int
  /// The samples between two frames.
  public let hop: Int
  /// The samples of a clip.
  public let sampleCount: Int
  /// The frames of a clip: 1 + ⌊samples/hop⌋.
  public let frames: Int
  /// The bins of a frame: N/2 + 1.
  public let bins: Int
  /// Columns of a spectrum: real parts of all bins, then imaginary parts.
  public var columns: Int { 2 * bins }

  let window: [Float]
  /// window/N: the inverse transform's factor is folded in.
  let synthesisWindow: [Float]
  /// 1/Σw² at each sample of the clip.
  let inverseWindowSum: [Float]
  /// The samples that all frames together cover, half a frame before the clip and after it.
  var paddedCount: Int { (frames - 1) * hop + frameLength }
  /// Where the clip begins within them.
  var lead: Int { frameLength / 2 }

  /// One workspace a thread.
  let workspaces: [SpectralWorkspace]

  /// The transform of clips of `sampleCount` samples, usable by `threads` threads at once.
  public init(sampleCount: Int, frameLength: Int = 1024, hop: Int = 256, threads: Int = 1) {
    precondition(sampleCount > 0 && frameLength % 4 == 0 && hop > 0 && hop <= frameLength / 2)
    self.frameLength = frameLength
    self.hop = hop
    self.sampleCount = sampleCount
    frames = 1 + sampleCount / hop
    bins = frameLength / 2 + 1
    let exact = (0..<frameLength).map { i in
      0.5 - 0.5 * cos(2 * Double.pi * Double(i) / Double(frameLength))
    }
    window = exact.map { Float($0) }
    synthesisWindow = exact.map { Float($0 / Double(frameLength)) }
    var squares = [Double](repeating: 0, count: (frames - 1) * hop + frameLength)
    for frame in 0..<frames {
      for i in 0..<frameLength { squares[frame * hop + i] += exact[i] * exact[i] }
    }
    let lead = frameLength / 2
    inverseWindowSum = (0..<sampleCount).map { Float(1 / squares[lead + $0]) }
    let padded = squares.count
    workspaces = (0..<max(1, threads)).map { _ in
      SpectralWorkspace(frameLength: frameLength, paddedCount: padded)
    }
  }

  /// The spectrum of a clip.
  /// - Parameters:
  ///   - samples: ``sampleCount`` samples.
  ///   - spectrum: ``frames`` × ``columns``, overwritten.
  public func analyse(
    _ samples: UnsafePointer<Float>, into spectrum: UnsafeMutablePointer<Float>
  ) {
    let space = workspaces[0]
    let padded = space.padded
    padded.update(repeating: 0, count: paddedCount)
    (padded + lead).update(from: samples, count: sampleCount)
    for frame in 0..<frames {
      multiply(padded + frame * hop, window, into: space.frame, frameLength)
      space.transform.forward(space.frame, into: spectrum + frame * columns)
    }
  }

  /// The clip of a spectrum that `frame` writes, frame by frame, into the planes it is given.
  func synthesise(
    into samples: UnsafeMutablePointer<Float>, _ space: SpectralWorkspace,
    frame: (Int, UnsafeMutablePointer<Float>) -> Void
  ) {
    let padded = space.padded
    padded.update(repeating: 0, count: paddedCount)
    for index in 0..<frames {
      frame(index, space.planes)
      space.transform.inverse(space.planes, into: space.frame)
      addProduct(space.frame, synthesisWindow, to: padded + index * hop, frameLength)
    }
    multiply(padded + lead, inverseWindowSum, into: samples, sampleCount)
  }

  /// The gradient of ``synthesise(into:_:frame:)``: from the samples' gradient to that of each frame's
  /// planes, given to `frame`, except for the factor ``gradientFactor(ofBin:)``.
  func synthesiseGradient(
    _ samples: UnsafePointer<Float>, _ space: SpectralWorkspace,
    frame: (Int, UnsafePointer<Float>) -> Void
  ) {
    let padded = space.padded
    padded.update(repeating: 0, count: paddedCount)
    multiply(samples, inverseWindowSum, into: padded + lead, sampleCount)
    for index in 0..<frames {
      multiply(padded + index * hop, synthesisWindow, into: space.frame, frameLength)
      space.transform.forward(space.frame, into: space.planes)
      frame(index, space.planes)
    }
  }

  /// Bins between 0 and N/2 stand for themselves and for their conjugates.
  func gradientFactor(ofBin bin: Int) -> Float { bin == 0 || bin == bins - 1 ? 1 : 2 }
}

/// Scratch memory of one thread.
final class SpectralWorkspace {
  let transform: RealFFT
  let padded: UnsafeMutablePointer<Float>
  let frame: UnsafeMutablePointer<Float>
  let planes: UnsafeMutablePointer<Float>
  /// Two rows of bins for the expanded masks, and two for their gradients.
  let expanded: UnsafeMutablePointer<Float>

  init(frameLength: Int, paddedCount: Int) {
    transform = RealFFT(length: frameLength)
    padded = .allocate(capacity: paddedCount)
    frame = .allocate(capacity: frameLength)
    planes = .allocate(capacity: frameLength + 2)
    expanded = .allocate(capacity: frameLength + 2)
    padded.initialize(repeating: 0, count: paddedCount)
    frame.initialize(repeating: 0, count: frameLength)
    planes.initialize(repeating: 0, count: frameLength + 2)
    expanded.initialize(repeating: 0, count: frameLength + 2)
  }

  deinit {
    padded.deallocate()
    frame.deallocate()
    planes.deallocate()
    expanded.deallocate()
  }
}

@inline(__always)
private func multiply(
  _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, into z: UnsafeMutablePointer<Float>,
  _ count: Int
) {
  for i in 0..<count { z[i] = x[i] * y[i] }
}

@inline(__always)
private func addProduct(
  _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, to z: UnsafeMutablePointer<Float>,
  _ count: Int
) {
  for i in 0..<count { z[i] += x[i] * y[i] }
}
