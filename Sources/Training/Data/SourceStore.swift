import Audio
import Foundation

/// Prepared sources by clip, kept in memory up to a bound; beyond it a file is read and prepared anew
/// each time, with the same result.
///
/// Nothing is ever thrown out for something else: every epoch visits all files, so that the least
/// recently used one is the very one that is needed next.
public final class SourceStore {
  private let analysis: SourceAnalysis
  private let sampleCount: Int
  private let bound: Int
  private var kept: [Clip: Source] = [:]
  /// The bytes of the sources that are kept.
  public private(set) var bytes = 0

  /// A store that keeps at most `bound` bytes.
  public init(_ analysis: SourceAnalysis, sampleCount: Int, bound: Int) {
    self.analysis = analysis
    self.sampleCount = sampleCount
    self.bound = bound
  }

  /// The source of a clip.
  /// - Throws: `AudioError` where the file is no mono WAV at 24 kHz of the dataset's length.
  public func source(_ clip: Clip) throws -> Source {
    if let source = kept[clip] { return source }
    let source = analysis.source(try samples(clip))
    if bytes + source.bytes <= bound {
      bytes += source.bytes
      kept[clip] = source
    }
    return source
  }

  private func samples(_ clip: Clip) throws -> [Float] {
    guard case .file(let path) = clip else { return [Float](repeating: 0, count: sampleCount) }
    let samples = try readClip(path)
    guard samples.count == sampleCount else { throw wrongLength(path, samples.count, sampleCount) }
    return samples
  }
}
