import RunContract

/// Checks that the segments divide a clip.
/// - Throws: ``TrainFailure`` (bad data) with both numbers and the nearest ones that work.
func checkSegments(_ segments: Int, divide samples: Int, file: String) throws {
  guard samples % segments != 0 else { return }
  let near = [
    stride(from: min(segments, samples), to: 1, by: -1).first { samples % $0 == 0 },
    segments < samples ? (segments...samples).first { samples % $0 == 0 } : nil,
  ].compactMap { $0 }
  let advice =
    near.isEmpty ? "no number does" : near.map { "\($0)" }.joined(separator: " or ") + " would"
  throw TrainFailure(
    .badData,
    "config: segments is \(segments), which does not divide the \(samples) samples of a clip "
      + "(\(file)); \(advice)")
}
