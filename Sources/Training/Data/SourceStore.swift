import Audio
import Foundation

/// Prepared sources by file, kept in memory up to a bound; beyond it a file is read and prepared anew
/// each time, with the same result.
///
/// Nothing is ever thrown out for something else: every epoch visits all files, so that the least
/// recently used one is the very one that is needed next.
public final class SourceStore {
  private let analysis: SourceAnalysis
  private let sampleCount: Int
  private let bound: Int
  private var kept: [String: Source] = [:]
  private var bytes = 0

  /// A store that keeps at most `bound` bytes.
  public init(_ analysis: SourceAnalysis, sampleCount: Int, bound: Int) {
    self.analysis = analysis
    self.sampleCount = sampleCount
    self.bound = bound
  }

  /// The source in a file.
  /// - Throws: ``AudioError`` where the file is no mono WAV at 24 kHz of the dataset's length.
  public func source(_ path: String) throws -> Source {
    if let source = kept[path] { return source }
    let samples = try readClip(path)
    guard samples.count == sampleCount else {
      throw AudioError(
        path, "it has \(samples.count) samples, the dataset's first clip has \(sampleCount)")
    }
    let source = analysis.source(samples)
    if bytes + source.bytes <= bound {
      bytes += source.bytes
      kept[path] = source
    }
    return source
  }
}

/// Reads a clip of a dataset.
/// - Throws: ``AudioError`` where it is not mono or not at 24 kHz, corrupt or empty.
public func readClip(_ path: String) throws -> [Float] {
  let reader = try AudioReader(path)
  let remedy = "; `train dataset make` makes clips that fit"
  guard reader.channels == 1 else {
    throw AudioError(path, "it has \(reader.channels) channels, expected 1" + remedy)
  }
  guard reader.sampleRate == datasetSampleRate else {
    throw AudioError(
      path, "its rate is \(reader.sampleRate) Hz, expected \(datasetSampleRate) Hz" + remedy)
  }
  return try reader.readMono()
}
