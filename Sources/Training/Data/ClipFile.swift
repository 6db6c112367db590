import Audio

/// Reads a clip of a dataset.
/// - Throws: `AudioError` where it is no clip as `train dataset make` makes them, is corrupt or empty.
public func readClip(_ path: String) throws -> [Float] {
  let reader = try AudioReader(path)
  try checkFormat(reader)
  let samples = try reader.readMono()
  // A WAV that was cut short still reads, as far as it goes.
  guard samples.count >= reader.announcedFrames else {
    throw AudioError(
      path,
      "it is cut short: \(samples.count) samples where its header tells of "
        + "\(reader.announcedFrames)" + remedy)
  }
  return samples
}

/// Checks the headers of a dataset's clips, before hours are spent on the way to a wrong one.
/// - Throws: `AudioError` that names the first file that is wrong.
func checkClips(_ paths: [String], sampleCount: Int) throws {
  for path in paths {
    let reader = try AudioReader(path)
    try checkFormat(reader)
    guard reader.announcedFrames > 0 else { throw AudioError(path, "it holds no samples" + remedy) }
    guard reader.announcedFrames == sampleCount else {
      throw wrongLength(path, reader.announcedFrames, sampleCount)
    }
  }
}

func wrongLength(_ path: String, _ found: Int, _ expected: Int) -> AudioError {
  AudioError(
    path, "it has \(found) samples, the dataset's first clip has \(expected)" + remedy)
}

private let remedy = "; `train dataset make` makes clips that fit"

private func checkFormat(_ reader: AudioReader) throws {
  func refuse(_ what: String) -> AudioError { AudioError(reader.path, what + remedy) }
  guard reader.channels == 1 else {
    throw refuse("it has \(reader.channels) channels, expected 1")
  }
  guard reader.sampleRate == datasetSampleRate else {
    throw refuse("its rate is \(reader.sampleRate) Hz, expected \(datasetSampleRate) Hz")
  }
  // The noise of 8 bits lies at -48 dB, above the reverberation of most music.
  guard reader.bitsPerSample ?? 16 >= 16 else {
    throw refuse("it has \(reader.bitsPerSample ?? 0) bits a sample, expected at least 16")
  }
}
