import Audio
import RunContract

/// An audio file of any rate, length and number of channels as the model takes it.
public struct Recording: Sendable {
  /// Longer files are refused: a signal is held in memory as a whole, 346 MB an hour.
  public static let longestSeconds = 3600

  /// The file's path.
  public let path: String
  /// Mono samples at the model's rate.
  public let samples: [Float]
  /// The file's own rate, in Hz.
  public let sampleRate: Int
  /// The file's channels.
  public let channels: Int
  /// Whether the file ends before its header says so.
  public let isCutShort: Bool

  /// Reads a file: the mean of its channels, resampled band-limited to the model's rate.
  /// - Throws: `AudioError` where it is missing, no audio, empty, too long, or holds NaN.
  public init(_ path: String) throws {
    let reader = try AudioReader(path)
    let limit = Self.longestSeconds * reader.sampleRate
    func checkLength(_ frames: Int) throws {
      guard frames <= limit else {
        throw AudioError(
          path, "it is longer than \(Self.longestSeconds) seconds; cut it into parts")
      }
    }
    try checkLength(reader.announcedFrames)
    var content: [Float] = []
    content.reserveCapacity(reader.announcedFrames)
    try reader.forEachMonoBlock { block in
      try checkLength(content.count + block.count)
      content.append(contentsOf: block)
    }
    guard !content.isEmpty else { throw AudioError(path, "it holds no samples") }
    self.path = path
    sampleRate = reader.sampleRate
    channels = reader.channels
    isCutShort = content.count < reader.announcedFrames
    samples = try resample(content, from: sampleRate, to: datasetSampleRate, path: path)
  }

  /// What was done to the file, and what is odd about it, one phrase each.
  public var notes: [String] {
    var notes: [String] = []
    if channels > 1 { notes.append("its \(channels) channels are mixed down to one") }
    if sampleRate != datasetSampleRate {
      notes.append("resampled from \(sampleRate) to \(datasetSampleRate) Hz")
    }
    if isCutShort { notes.append("it ends before its header says so: taken as far as it goes") }
    return notes.map { "\(printable(path)): \($0)" }
  }

  /// What tells of the file in JSON.
  var json: JSONValue {
    .object([
      "file": .string(path), "sample_rate": JSONValue(sampleRate), "channels": JSONValue(channels),
      "seconds": .number(Double(samples.count) / Double(datasetSampleRate)),
    ])
  }
}
