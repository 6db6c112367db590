import Audio
import Foundation
import RunContract

/// What `train mix` was asked to do.
public struct MixRequest: Sendable {
  /// The checkpoint's file.
  public var checkpoint: String
  /// The input's file.
  public var input: String
  /// The target's file.
  public var target: String
  /// The WAV file to write.
  public var output: String
  /// How its samples are stored.
  public var format: SampleFormat
  /// A drawing to write.
  public var figure: String?

  /// A request.
  public init(
    checkpoint: String, input: String, target: String, output: String,
    format: SampleFormat = .pcm16, figure: String? = nil
  ) {
    self.checkpoint = checkpoint
    self.input = input
    self.target = target
    self.output = output
    self.format = format
    self.figure = figure
  }
}

/// Mixes two files into a third.
/// - Parameters:
///   - note: is told what was done to the files, and what is odd about them.
///   - progress: is told how far the mix is.
/// - Throws: ``TrainFailure`` or `AudioError` where checkpoint or sources cannot be used, `FileError`
///   where a file cannot be written.
public func mixFiles(
  _ request: MixRequest, note: (String) -> Void, progress: (String) -> Void
) throws -> MixReport {
  let sources = [
    ("--checkpoint", request.checkpoint), ("--input", request.input), ("--target", request.target),
  ]
  for (flag, path) in sources where path.isEmpty {
    throw TrainFailure(.usage, "\(flag) must name a file")
  }
  let output = try OutputFile(request.output, flag: "--output", kept: sources)
  let figure = try request.figure.map {
    try OutputFile($0, flag: "--svg", kept: sources + [("--output", request.output)])
  }
  let mixer = try Mixer(TrainedModel(request.checkpoint))
  progress("reading")
  let input = try Recording(request.input)
  let target = try Recording(request.target)
  (input.notes + target.notes).forEach(note)
  let (a, b) = try together(input, target, shortest: mixer.shortest, note: note)
  let mixture = try mixer.mix(a, b) { progress("mixed \(percent($0, of: a.count)) %") }
  let file = WaveFile(
    mixture.output, peak: mixture.peak, sampleRate: datasetSampleRate, format: request.format)
  if file.gain < 1 {
    note(
      String(
        format: "the mix peaks at %.3f, above what 16 bits hold: scaled by %.3f; --float keeps it",
        mixture.peak, file.gain))
  }
  try output.write(file.data)
  let report = MixReport(
    request: request, sources: [input, target], mixture: mixture, gain: file.gain)
  try figure?.write(Data(mixFigure(report).svg.utf8))
  return report
}

/// Both signals as far as the shorter one goes.
private func together(
  _ input: Recording, _ target: Recording, shortest: Int, note: (String) -> Void
) throws -> ([Float], [Float]) {
  for source in [input, target] where source.sampleCount < shortest {
    throw AudioError(
      source.path,
      "it lasts \(seconds(source.sampleCount)), too short for this model, which needs at least "
        + "\(seconds(shortest)): a frame of the transform and two segments of the envelope")
  }
  let count = min(input.sampleCount, target.sampleCount)
  if input.sampleCount != target.sampleCount {
    let (longer, shorter) = input.sampleCount > count ? (input, target) : (target, input)
    note(
      "\(printable(longer.path)) lasts \(seconds(longer.sampleCount)), "
        + "\(printable(shorter.path)) \(seconds(count)): the shorter decides, the rest is left out")
  }
  return (try input.samples(count), try target.samples(count))
}

private func percent(_ part: Int, of whole: Int) -> Int { part * 100 / max(1, whole) }

/// A number of samples as a duration, exact enough that two lengths that differ look different.
func seconds(_ samples: Int) -> String {
  let text = String(format: "%.4f", Double(samples) / Double(datasetSampleRate))
  return text.replacing(/\.?0+$/, with: "") + " s"
}
