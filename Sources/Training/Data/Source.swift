import Audio
import Autograd

/// A clip with everything that training needs of it and that never changes.
public final class Source {
  /// 1 × samples.
  public let samples: Tensor
  /// In blocks of frames, as ``ShortTimeTransform`` lays them out.
  public let spectrum: Tensor
  /// Groups of frames × mel bands.
  public let features: Tensor
  /// 1 × segments.
  public let envelope: Tensor

  /// The bytes that it holds.
  var bytes: Int {
    [samples, spectrum, features, envelope].reduce(0) { $0 + $1.count }
      * MemoryLayout<Float>.stride
  }

  fileprivate init(samples: Tensor, spectrum: Tensor, features: Tensor, envelope: Tensor) {
    self.samples = samples
    self.spectrum = spectrum
    self.features = features
    self.envelope = envelope
  }
}

/// How sources are prepared: all clips of a dataset alike.
public final class SourceAnalysis {
  /// The transform of clips of this length.
  public let transform: ShortTimeTransform
  let mel: MelScale
  /// The resolutions of the multi-resolution STFT loss.
  private(set) lazy var lossTransforms = ShortTimeTransform.resolutions(
    sampleCount: transform.sampleCount)
  private let segments: Int
  private let stride: Int
  private let pool: BufferPool

  /// The analysis of clips of `sampleCount` samples.
  public init(sampleCount: Int, segments: Int, stride: Int, threads: Int, pool: BufferPool) {
    transform = ShortTimeTransform(sampleCount: sampleCount)
    mel = MelScale(bins: transform.bins, sampleRate: datasetSampleRate)
    self.segments = segments
    self.stride = stride
    self.pool = pool
  }

  /// Prepares one clip.
  public func source(_ content: [Float]) -> Source {
    let samples = Tensor(rows: 1, columns: content.count, content: content, pool: pool)
    let spectrum = transform.spectrum(of: samples.values, pool: pool)
    let frames = mel.features(of: spectrum, transform, pool: pool)
    let tape = Tape(pool: pool, recording: false)
    return Source(
      samples: samples, spectrum: spectrum,
      features: tape.averageFrames(frames, clips: 1, stride: stride),
      envelope: tape.segmentPeaks(samples, segments: segments))
  }
}
