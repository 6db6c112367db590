import Foundation
import RunContract

/// Cuts the clips of a plan into a folder, each source file decoded once.
/// - Returns: the manifest's entries, sorted by file.
func cut(
  _ plan: PairPlan, _ survey: Survey, _ request: DatasetRequest, into folder: String,
  progress: (String) -> Void
) throws -> [JSONValue] {
  let uses = placesByTrack(plan)
  let total = 2 * (plan.train.count + plan.validation.count)
  for part in DatasetPart.allCases {
    try makeDirectory((folder as NSString).appendingPathComponent(part.rawValue))
  }
  var entries: [(file: String, json: JSONValue)] = []
  for (place, track) in survey.tracks.enumerated() {
    guard let wanted = uses[place] else { continue }
    let path = (request.audio as NSString).appendingPathComponent(track.name)
    let source = try Source(path)
    for (index, files) in wanted.sorted(by: { $0.key < $1.key }) {
      let samples = try source.clip(index, request)
      for file in files {
        progress("cutting \(entries.count + 1) of \(total)")
        let target = (folder as NSString).appendingPathComponent(file)
        try writeWAV(samples, sampleRate: datasetSampleRate, to: target)
        let entry = DatasetManifest.entry(
          file: file, sha256: try sha256Hex(ofFileAt: target), source: track.name,
          offset: Double(index) * request.duration)
        entries.append((file, entry))
      }
    }
  }
  for part in DatasetPart.allCases {
    try syncDirectory((folder as NSString).appendingPathComponent(part.rawValue))
  }
  return entries.sorted { $0.file < $1.file }.map(\.json)
}

/// Track → clip → the files that hold it.
private func placesByTrack(_ plan: PairPlan) -> [Int: [Int: [String]]] {
  var result: [Int: [Int: [String]]] = [:]
  for (part, pairs) in [(DatasetPart.train, plan.train), (.validation, plan.validation)] {
    for (number, pair) in pairs.enumerated() {
      for (role, clip) in [(PairRole.input, pair.input), (.target, pair.target)] {
        result[clip.track, default: [:]][clip.index, default: []]
          .append(pairFile(part, number, role))
      }
    }
  }
  return result
}

/// A decoded source file.
private struct Source {
  let path: String
  let rate: Int
  let samples: [Float]

  init(_ path: String) throws {
    let reader = try AudioReader(path)
    self.path = path
    rate = reader.sampleRate
    samples = try reader.readMono()
  }

  /// A clip at the dataset's rate. It is resampled with up to a second of what surrounds it, so that
  /// its ends sound as they do in the whole file.
  func clip(_ index: Int, _ request: DatasetRequest) throws -> [Float] {
    let length = request.duration * Double(rate)
    let begin = Int((Double(index) * length).rounded())
    let end = Int((Double(index + 1) * length).rounded())
    let (first, last) = (max(0, begin - rate), min(samples.count, end + rate))
    guard first <= begin, end <= last else {
      throw AudioError(path, "it became shorter while it was read")
    }
    let converted = try resample(
      Array(samples[first..<last]), from: rate, to: datasetSampleRate, path: path)
    let lead = Int((Double(begin - first) * Double(datasetSampleRate) / Double(rate)).rounded())
    let count = request.clipSamples
    // Rounding may leave the very end of a file a sample short.
    let cut = converted[min(lead, converted.count)..<min(lead + count, converted.count)]
    return Array(cut) + [Float](repeating: 0, count: count - cut.count)
  }
}
