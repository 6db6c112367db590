import Foundation
import RunContract

/// A clip that could be cut: a track and how many clips' lengths into it.
struct Clip: Hashable, Sendable {
  /// The index of its track.
  let track: Int
  /// The clip begins at `index` × duration.
  let index: Int
}

/// A source file and what can be cut from it.
struct Track: Sendable {
  /// The path relative to the audio folder.
  let name: String
  let sha256: String
  /// The numbers of the clips that are loud enough.
  let clips: [Int]
  /// How many clips were left out as near-silent.
  let silent: Int
}

/// What a folder of audio offers.
struct Survey: Sendable {
  var tracks: [Track] = []
  /// Files that could not be used, with the reason.
  var unusable: [AudioError] = []

  var clips: [Clip] {
    tracks.enumerated().flatMap { place, track in
      track.clips.map { Clip(track: place, index: $0) }
    }
  }
  var silentClips: Int { tracks.reduce(0) { $0 + $1.silent } }
}

/// RMS below which a clip counts as near-silent and is left out: −60 dB of full scale. Silence has no
/// envelope to correlate with, so that such pairs would teach nothing.
let silenceLevel = 1e-3

/// Decodes every file once, in blocks, and notes which clips can be cut.
func survey(
  _ request: DatasetRequest, progress: (String) -> Void
) throws -> Survey {
  var result = Survey()
  let names = try audioFiles(below: request.audio, except: request.output)
  for (number, name) in names.enumerated() {
    progress("looking at \(number + 1) of \(names.count): \(name)")
    let path = (request.audio as NSString).appendingPathComponent(name)
    do {
      result.tracks.append(try surveyTrack(name, path: path, duration: request.duration))
    } catch let error as AudioError {
      result.unusable.append(error)
    }
  }
  return result
}

private func surveyTrack(_ name: String, path: String, duration: Double) throws -> Track {
  let reader = try AudioReader(path)
  var energies = ClipEnergies(samplesPerClip: duration * Double(reader.sampleRate))
  var total = 0
  try reader.forEachMonoBlock { block in
    energies.add(block)
    total += block.count
  }
  guard total > 0 else { throw AudioError(path, "it holds no samples") }
  let loud = energies.complete.enumerated().filter { $0.element >= silenceLevel }.map(\.offset)
  let hash: String
  do { hash = try sha256Hex(ofFileAt: path) } catch {
    throw AudioError(path, "it cannot be read again: \(error)")
  }
  return Track(
    name: name, sha256: hash, clips: loud, silent: energies.complete.count - loud.count)
}

/// The RMS of each whole clip of a stream of samples.
private struct ClipEnergies {
  let samplesPerClip: Double
  private(set) var complete: [Double] = []
  private var squares = 0.0
  private var position = 0

  init(samplesPerClip: Double) { self.samplesPerClip = samplesPerClip }

  mutating func add(_ block: UnsafeBufferPointer<Float>) {
    for sample in block {
      squares += Double(sample) * Double(sample)
      position += 1
      if Double(position) >= (Double(complete.count + 1) * samplesPerClip).rounded() {
        complete.append((squares / samplesPerClip).squareRoot())
        squares = 0
      }
    }
  }
}
