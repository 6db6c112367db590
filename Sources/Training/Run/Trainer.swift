import Autograd
import Foundation
import RunContract

/// The training loop: order, steps, validation, metrics.
final class Trainer {
  private let settings: TrainSettings
  private let folder: PairFolder
  private let directory: RunDirectory
  private let store: SourceStore
  private let model: MixingModel
  private let optimiser: AdamW
  private let clipping: NormClipping
  private let pool: BufferPool
  private let log = EpochLog()
  private var order: SeededGenerator
  private var step = 0

  /// Prepares a run: reads the first clip for the clips' length, makes the network.
  /// - Throws: ``TrainFailure`` or `AudioError` where config and data do not fit.
  init(
    _ settings: TrainSettings, folder: PairFolder, directory: RunDirectory, threads: Int,
    cacheBytes: Int
  ) throws {
    guard settings.batchSize <= folder.train.count else {
      throw TrainFailure(
        .badData,
        "config: batch_size is \(settings.batchSize), but \(folder.path) has only "
          + "\(folder.train.count) training pairs")
    }
    let first = folder.train[0].input
    let sampleCount = try readClip(first).count
    try checkSegments(settings.segments, divide: sampleCount, file: first)
    let pool = BufferPool()
    let analysis = SourceAnalysis(
      sampleCount: sampleCount, segments: settings.segments, stride: settings.network.stride,
      threads: threads, pool: pool)
    self.settings = settings
    self.folder = folder
    self.directory = directory
    self.pool = pool
    store = SourceStore(analysis, sampleCount: sampleCount, bound: cacheBytes)
    model = try MixingModel(settings, analysis: analysis, pool: pool)
    optimiser = AdamW(
      model.network.parameters, learningRate: settings.schedule.learningRate,
      weightDecay: settings.weightDecay, pool: pool)
    clipping = NormClipping(limit: settings.clipping.value)
    order = SeededGenerator(seed: UInt64(settings.seed), stream: "order")
  }

  /// The network's parameters.
  var parameters: ParameterStore { model.network.parameters }

  /// Trains to the end, or to the step at which TERM was noticed.
  /// - Returns: the last epoch's means; `nil` where TERM came.
  /// - Throws: ``TrainFailure`` (diverged) before a step whose gradient is not finite.
  func run() throws -> [String: Double]? {
    log.say(
      "\(parameters.count) parameters, \(folder.train.count) pairs to train on, "
        + "\(folder.validation.count) to validate on")
    log.header()
    var last: [String: Double] = [:]
    for epoch in 1...settings.epochs {
      guard let values = try runEpoch(epoch) else { return nil }
      last = values
    }
    return last
  }

  /// One pass over the pairs in a new random order; what is left over after the last whole batch is
  /// not used in this epoch.
  private func runEpoch(_ epoch: Int) throws -> [String: Double]? {
    let begin = DispatchTime.now().uptimeNanoseconds
    let shuffled = order.permutation(folder.train.count).map { folder.train[$0] }
    let steps = shuffled.count / settings.batchSize
    var means = MeanMeasures()
    var norms: [Double] = []
    for index in 0..<steps {
      let pairs = Array(shuffled[index * settings.batchSize..<(index + 1) * settings.batchSize])
      let (measures, norm) = try takeStep(pairs, epoch: epoch)
      means.add(measures, weight: 1)
      norms.append(norm)
      var values = stepValues(measures, norm: norm)
      if index == steps - 1 {
        let seconds = Double(DispatchTime.now().uptimeNanoseconds - begin) * 1e-9
        values.merge(epochValues(means, norms: norms)) { $1 }
        values.merge(try validate()) { $1 }
        try append(values, epoch: epoch)
        log.row(
          epoch: epoch, of: settings.epochs, values,
          pairsPerSecond: Double(steps * settings.batchSize) / seconds)
        return StopSignal.isReceived ? nil : values
      }
      try append(values, epoch: epoch)
      if StopSignal.isReceived { return nil }
    }
    return nil
  }

  private func takeStep(
    _ pairs: [PairFiles], epoch: Int
  ) throws -> (measures: Measures, norm: Double) {
    step += 1
    let batch = try Batch(pairs, from: store)
    let tape = Tape(pool: pool)
    let result = model.mix(batch, on: tape)
    let measures = Measures(result)
    parameters.zeroGradients()
    tape.backward(from: result.loss)
    let norm = clipping.clip(parameters)
    guard norm.isFinite, measures.loss.isFinite else {
      try append(stepValues(measures, norm: norm), epoch: epoch)
      throw divergence(measures, epoch: epoch, batch: batch)
    }
    optimiser.update(parameters)
    directory.beat()
    return (measures, norm)
  }

  /// The loss over the validation pairs, each counted once.
  private func validate() throws -> [String: Double] {
    var means = MeanMeasures()
    var rest = folder.validation[...]
    while !rest.isEmpty {
      let batch = try Batch(Array(rest.prefix(settings.batchSize)), from: store)
      rest = rest.dropFirst(settings.batchSize)
      let result = model.mix(batch, on: Tape(pool: pool, recording: false))
      means.add(Measures(result), weight: Double(batch.inputs.count))
      directory.beat()
    }
    return means.values(prefix: "val_")
  }

  private func stepValues(_ measures: Measures, norm: Double) -> [String: Double] {
    var values = Dictionary(uniqueKeysWithValues: measures.named.map { ($0.name, $0.value) })
    values[MetricName.gradNorm] = norm
    values["learning_rate"] = optimiser.learningRate
    return values
  }

  private func epochValues(_ means: MeanMeasures, norms: [Double]) -> [String: Double] {
    var values = means.values(prefix: "epoch_")
    values["epoch_grad_norm_mean"] = norms.reduce(0, +) / Double(norms.count)
    values["epoch_grad_norm_max"] = norms.max() ?? 0
    return values
  }

  private func append(_ values: [String: Double], epoch: Int) throws {
    try directory.append(
      MetricRecord(step: step, epoch: epoch, time: Date().timeIntervalSince1970, values: values))
  }

  private func divergence(_ measures: Measures, epoch: Int, batch: Batch) -> TrainFailure {
    let broken = measures.brokenTerms
    let cause =
      broken.isEmpty
      ? "every term of the loss was finite, its gradient was not"
      : "not finite: \(broken.joined(separator: ", "))"
    return TrainFailure(
      .diverged,
      "diverged at step \(step) (epoch \(epoch)): \(cause); the step was not taken; batch: "
        + batch.names.joined(separator: ", "))
  }
}
