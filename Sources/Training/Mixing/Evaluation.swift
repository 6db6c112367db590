import Audio
import Autograd
import Communicator
import Foundation
import RunContract

/// How a model does on the pairs of a dataset.
public struct Evaluation: Sendable {
  /// The measures of one pair, by the names they have in training.
  public struct Pair: Sendable {
    /// The pair's name within the dataset.
    public let name: String
    /// Its measures as a batch of its own.
    public let values: [String: Double]
  }

  /// The pairs.
  public let pairs: [Pair]
  /// The means over all pairs in batches as in training: what validation logs as `val_…`.
  public let means: [String: Double]
  /// The names of all measures in the order of the loss, the loss first.
  public let names: [String]
  /// Pairs of a batch.
  public let batchSize: Int
  /// Samples of a clip that were measured, a whole number of segments.
  public let sampleCount: Int
  /// Segments of a clip's envelope.
  public let segments: Int
}

/// What `train evaluate` was asked to do.
public struct EvaluationRequest: Sendable {
  /// The checkpoint's file.
  public var checkpoint: String
  /// The dataset's folder.
  public var data: String
  /// The part of it.
  public var part: DatasetPart
  /// A drawing to write.
  public var figure: String?

  /// A request.
  public init(
    checkpoint: String, data: String, part: DatasetPart = .validation, figure: String? = nil
  ) {
    self.checkpoint = checkpoint
    self.data = data
    self.part = part
    self.figure = figure
  }
}

/// Measures a model on every pair of a part of a dataset.
///
/// Clips may be of another length than in training: segments last as long as there, and what is left at
/// the end of a clip, less than a segment, is not measured.
/// - Throws: ``TrainFailure`` or `AudioError` where checkpoint or data cannot be used, `FileError` where
///   the figure cannot be written.
public func evaluate(
  _ request: EvaluationRequest, note: (String) -> Void, progress: (String) -> Void
) throws -> EvaluationReport {
  let figure = try request.figure.map {
    try OutputFile($0, flag: "--svg", kept: [("--checkpoint", request.checkpoint)])
  }
  let model = try TrainedModel(request.checkpoint)
  let files = try PairFolder.pairs(of: request.part, in: request.data)
  guard !files.isEmpty else { throw noPairs(request) }
  let evaluator = try Evaluator(model, files, note: note)
  let report = EvaluationReport(
    request: request,
    evaluation: try evaluator.run { progress("evaluated \($0) of \(files.count)") })
  try figure?.write(Data(evaluationFigure(report).svg.utf8))
  return report
}

private func noPairs(_ request: EvaluationRequest) -> TrainFailure {
  let part = request.part.rawValue
  let option = request.part == .train ? "--pairs" : "--val"
  return TrainFailure(
    .badData,
    "no pairs \(part)/pair_*_input.wav in \(printable(request.data)); make them with `train dataset "
      + "make \(option)`, or choose the other --part")
}

/// The forward passes of an evaluation.
private struct Evaluator {
  let files: [PairFiles]
  let sampleCount: Int
  let settings: TrainSettings
  let pool = BufferPool()
  let analysis: SourceAnalysis
  let model: MixingModel

  init(_ trained: TrainedModel, _ files: [PairFiles], note: (String) -> Void) throws {
    let length = try readClip(files[0].input).count
    try checkClips(files.flatMap { [$0.input, $0.target] }, sampleCount: length)
    let segments = length / trained.segmentLength
    sampleCount = segments * trained.segmentLength
    guard segments >= 2 else {
      throw AudioError(
        files[0].input,
        "it lasts \(seconds(length)), less than two segments of the envelope "
          + "(\(seconds(2 * trained.segmentLength)))")
    }
    if sampleCount < length {
      note(
        "the last \(seconds(length - sampleCount)) of each clip, less than a segment, are left out")
    }
    var settings = trained.settings
    settings.segments = segments
    self.files = files
    self.settings = settings
    analysis = SourceAnalysis(
      sampleCount: sampleCount, segments: segments, stride: settings.network.stride, threads: 1,
      pool: pool)
    model = try MixingModel(settings, analysis: analysis, pool: pool)
    try trained.restore(model.network)
  }

  func run(progress: (Int) -> Void) throws -> Evaluation {
    var means = MeanMeasures()
    var pairs: [Evaluation.Pair] = []
    var names: [String] = []
    for start in stride(from: 0, to: files.count, by: settings.batchSize) {
      let batch = try load(Array(files[start..<min(files.count, start + settings.batchSize)]))
      let measures = measure(batch)
      means.add(measures, weight: Double(batch.names.count))
      names = measures.named.map(\.name)
      for index in batch.names.indices {
        let single = batch.names.count == 1 ? measures : measure(batch.pair(index))
        pairs.append(
          Evaluation.Pair(
            name: batch.names[index],
            values: Dictionary(uniqueKeysWithValues: single.named.map { ($0.name, $0.value) })))
      }
      progress(pairs.count)
    }
    return Evaluation(
      pairs: pairs, means: means.values(prefix: ""), names: names, batchSize: settings.batchSize,
      sampleCount: sampleCount, segments: settings.segments)
  }

  private func load(_ files: [PairFiles]) throws -> Batch {
    func source(_ path: String) throws -> Source {
      let samples = try readClip(path)
      // The header was checked; the samples may still end early, which the reader finds.
      guard samples.count >= sampleCount else {
        throw wrongLength(path, samples.count, sampleCount)
      }
      return analysis.source(Array(samples.prefix(sampleCount)))
    }
    return Batch(
      names: files.map(\.name), inputs: try files.map { try source($0.input) },
      targets: try files.map { try source($0.target) })
  }

  private func measure(_ batch: Batch) -> Measures {
    let result = model.mix(batch, on: Tape(pool: pool, recording: false))
    return Measures(result, clips: batch.names.count, terms: model.terms, SingleRank())
  }
}

extension Batch {
  /// One pair as a batch of its own.
  fileprivate func pair(_ index: Int) -> Batch {
    Batch(names: [names[index]], inputs: [inputs[index]], targets: [targets[index]])
  }
}
