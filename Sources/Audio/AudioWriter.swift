import CSndfile
import Foundation
import RunContract

/// How samples are stored in a WAV file.
public enum SampleFormat: String, Sendable, CaseIterable {
  /// 32-bit floats: exact, and peaks above 1 survive.
  case float
  /// 16-bit whole numbers: half the size; peaks above 1 are cut.
  case pcm16
}

/// Writes mono samples as a WAV file and makes it durable. Equal samples make equal bytes.
/// - Throws: ``AudioError`` where the file cannot be made, `FileError` where it cannot be flushed.
public func writeWAV(
  _ samples: [Float], sampleRate: Int, to path: String, format: SampleFormat = .float
) throws {
  var info = SF_INFO()
  info.samplerate = Int32(clamping: sampleRate)
  info.channels = 1
  info.format = Int32(SF_FORMAT_WAV | (format == .float ? SF_FORMAT_FLOAT : SF_FORMAT_PCM_16))
  guard let file = sf_open(path, Int32(SFM_WRITE), &info) else {
    throw AudioError(path, "cannot write it (\(String(cString: sf_strerror(nil))))")
  }
  // The peak chunk holds the time of writing.
  sf_command(file, Int32(SFC_SET_ADD_PEAK_CHUNK), nil, Int32(SF_FALSE))
  sf_command(file, Int32(SFC_SET_CLIPPING), nil, Int32(SF_TRUE))
  let written = sf_writef_float(file, samples, sf_count_t(samples.count))
  let detail = String(cString: sf_strerror(file))
  guard sf_close(file) == 0, written == sf_count_t(samples.count) else {
    throw AudioError(path, "cannot write all of it (\(detail)); is the disk full?")
  }
  try flush(path)
}

private func flush(_ path: String) throws {
  let descriptor = open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { throw FileError("open", path) }
  defer { close(descriptor) }
  guard fsync(descriptor) == 0 else { throw FileError("flush", path) }
}
