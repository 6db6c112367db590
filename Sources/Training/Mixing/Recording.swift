import Audio
import RunContract

/// An audio file of any rate, length and number of channels, for the model to take.
public struct Recording: Sendable {
  /// Longer files are refused: signals are held in memory as a whole, 346 MB an hour each.
  public static let longestSeconds = 3600

  /// The file's path.
  public let path: String
  /// The file's own rate, in Hz.
  public let sampleRate: Int
  /// The file's channels.
  public let channels: Int
  /// Whether much of what its header tells of is missing; of compressed files headers only guess.
  public let isCutShort: Bool
  /// The mean of its channels, at its own rate.
  private let content: [Float]

  /// Reads a file.
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
    self.content = content
    sampleRate = reader.sampleRate
    channels = reader.channels
    isCutShort = Double(content.count) < 0.99 * Double(reader.announcedFrames)
  }

  /// Its length in samples at the model's rate.
  public var sampleCount: Int {
    Int((Double(content.count) * Double(datasetSampleRate) / Double(sampleRate)).rounded())
  }

  /// Its first samples at the model's rate.
  /// - Parameter count: at most ``sampleCount``.
  /// - Throws: `AudioError` where its rate is too far from the model's.
  public func samples(_ count: Int) throws -> [Float] {
    try resampled(content, from: sampleRate, to: datasetSampleRate, count: count, path: path)
  }

  /// What is done to the file, and what is odd about it, one phrase each.
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
      "seconds": .number(Double(content.count) / Double(sampleRate)),
    ])
  }
}
