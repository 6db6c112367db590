import CSndfile
import Foundation

/// An audio file opened for reading, by libsndfile: WAV, FLAC, OGG, MP3, AIFF and others.
public final class AudioReader {
  /// The file's path.
  public let path: String
  /// Samples a second.
  public let sampleRate: Int
  /// Channels of a frame.
  public let channels: Int
  /// The frames that the header tells of; a file that was cut short has fewer.
  public let announcedFrames: Int
  /// The resolution of plain PCM; `nil` for floats and compressed forms.
  public let bitsPerSample: Int?
  private let file: OpaquePointer

  /// Frames that are read at once.
  private static let blockFrames = 65_536

  private static let bits: [Int: Int] = [
    Int(SF_FORMAT_PCM_S8): 8, Int(SF_FORMAT_PCM_U8): 8, Int(SF_FORMAT_PCM_16): 16,
    Int(SF_FORMAT_PCM_24): 24, Int(SF_FORMAT_PCM_32): 32,
  ]

  /// Opens a file.
  /// - Throws: ``AudioError`` where the file is missing, empty or no audio.
  public init(_ path: String) throws {
    try Self.checkRegularFile(path)
    var info = SF_INFO()
    guard let file = sf_open(path, Int32(SFM_READ), &info) else {
      let detail = String(cString: sf_strerror(nil)).trimmingCharacters(in: .whitespacesAndNewlines)
      throw AudioError(path, "it is no audio file that libsndfile can read (\(detail))")
    }
    guard info.samplerate > 0, info.channels > 0 else {
      sf_close(file)
      throw AudioError(path, "its header names no sample rate or no channels")
    }
    self.file = file
    self.path = path
    sampleRate = Int(info.samplerate)
    channels = Int(info.channels)
    announcedFrames = max(0, Int(info.frames))
    bitsPerSample = Self.bits[Int(info.format) & Int(SF_FORMAT_SUBMASK)]
  }

  deinit { sf_close(file) }

  /// Calls `body` with each block of the file as mono samples: the mean of the channels.
  /// - Throws: ``AudioError`` where decoding fails on the way or a sample is not finite.
  public func forEachMonoBlock(_ body: (UnsafeBufferPointer<Float>) throws -> Void) throws {
    var block = [Float](repeating: 0, count: Self.blockFrames * channels)
    var mono = [Float](repeating: 0, count: Self.blockFrames)
    while true {
      let frames = Int(sf_readf_float(file, &block, sf_count_t(Self.blockFrames)))
      guard frames > 0 else { break }
      mixDown(block, frames: frames, into: &mono)
      guard mono[..<frames].allSatisfy(\.isFinite) else {
        throw AudioError(path, "it holds samples that are no finite numbers")
      }
      try mono.withUnsafeBufferPointer { try body(.init(rebasing: $0[..<frames])) }
    }
    guard sf_error(file) == 0 else {
      throw AudioError(path, "it is corrupt (\(String(cString: sf_strerror(file))))")
    }
  }

  /// All of the file as mono samples.
  /// - Throws: ``AudioError`` where there are none, or they cannot be decoded.
  public func readMono() throws -> [Float] {
    var samples: [Float] = []
    try forEachMonoBlock { samples.append(contentsOf: $0) }
    guard !samples.isEmpty else { throw AudioError(path, "it holds no samples") }
    return samples
  }

  private func mixDown(_ block: [Float], frames: Int, into mono: inout [Float]) {
    if channels == 1 {
      mono.replaceSubrange(0..<frames, with: block[..<frames])
      return
    }
    let share = 1 / Float(channels)
    for frame in 0..<frames {
      var total: Float = 0
      for channel in 0..<channels { total += block[frame * channels + channel] }
      mono[frame] = total * share
    }
  }

  private static func checkRegularFile(_ path: String) throws {
    var status = stat()
    guard stat(path, &status) == 0 else {
      throw AudioError(path, String(cString: strerror(errno)))
    }
    guard status.st_mode & S_IFMT == S_IFREG else { throw AudioError(path, "it is no file") }
    guard status.st_size > 0 else { throw AudioError(path, "the file is empty") }
  }
}
