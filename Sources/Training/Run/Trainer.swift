import Autograd
import Communicator
import Foundation
import RunContract

/// How a run came to its end, or to a halt.
enum TrainingEnd: Equatable {
  /// All epochs are done, or patience has ended them.
  case finished
  /// A signal asked to stop; a checkpoint has been written.
  case stopped
}

/// The training loop: order, steps, validation, metrics, checkpoints.
final class Trainer {
  private let settings: TrainSettings
  private let folder: PairFolder
  private let output: RunOutput
  private let steps: StepRunner
  private let model: MixingModel
  private let optimiser: AdamW
  private let schedule: Schedule
  private let rule: SkipRule
  private let keeper: CheckpointKeeper
  private let communicator: any Communicator
  private let stepsPerEpoch: Int
  private var clipping: any GradientClipping
  private var pace = Pace()
  private(set) var state: TrainingState

  init(_ parts: TrainerParts, output: RunOutput) {
    settings = parts.settings
    folder = parts.folder
    model = parts.model
    optimiser = parts.optimiser
    clipping = parts.clipping
    communicator = parts.communicator
    keeper = parts.keeper
    state = parts.state
    self.output = output
    steps = StepRunner(
      parts.model, store: parts.store, communicator: parts.communicator, pool: parts.pool)
    stepsPerEpoch = parts.folder.train.count / parts.settings.batchSize
    schedule = Schedule(
      parts.settings.schedule, totalSteps: parts.settings.epochs * stepsPerEpoch)
    rule = SkipRule(parts.settings, stepsPerEpoch: stepsPerEpoch)
  }

  /// Trains to the end, or to the step after which a signal was noticed.
  /// - Throws: ``TrainFailure`` (diverged) where too many steps had to be skipped; a checkpoint of the
  ///   last good state has been written then.
  func run() throws -> TrainingEnd {
    pace.restart()
    while !state.isFinished {
      let plan = EpochPlan(folder.train, settings, state)
      while state.index < stepsPerEpoch {
        let values = try takeStep(plan.pairs)
        let isLast = state.index == stepsPerEpoch
        let epoch = isLast ? try endEpoch(plan) : [:]
        // One place where ranks look at one another: a full disk on one, a signal to another.
        let stop = try communicator.together { () -> Int in
          try output.append(
            values.merging(epoch) { $1 }, step: state.step, epoch: state.epoch - (isLast ? 1 : 0))
          if keeper.isDue, output.isWriter { try keeper.write(wholeState) }
          return StopSignal.isReceived ? 1 : 0
        }
        if isLast { logEpoch(epoch) }
        if communicator.maximum(stop) > 0, !state.isFinished {
          try communicator.together { if output.isWriter { try keeper.write(wholeState) } }
          return .stopped
        }
        if isLast { break }
      }
    }
    try communicator.together { if output.isWriter { try keeper.writeFinal(wholeState) } }
    return .finished
  }

  /// The state with what the clipping remembers, which is copied for checkpoints only.
  private var wholeState: TrainingState {
    var whole = state
    whole.clippingMemory = clipping.memory
    return whole
  }

  // MARK: A step

  /// Takes the next step of an epoch, or skips it.
  /// - Returns: its metrics.
  private func takeStep(_ pairs: [TrainingPair]) throws -> [String: Double] {
    let size = settings.batchSize
    let chosen = Array(pairs[state.index * size..<(state.index + 1) * size])
    guard let batch = try steps.load(chosen) else {
      preconditionFailure("a batch smaller than the ranks was refused at the start")
    }
    output.dump(chosen, step: state.step + 1)
    let measures = steps.differentiate(batch, clips: size)
    let parameters = model.network.parameters
    let norm = gradientNorm(parameters)
    var values = Dictionary(uniqueKeysWithValues: measures.named.map { ($0.name, $0.value) })
    values[MetricName.gradNorm] = norm
    if output.layerNorms { values.merge(layerNorms(parameters)) { $1 } }
    state.step += 1
    state.index += 1
    let rate = schedule.rate(ofStep: state.step)
    values["learning_rate"] = rate

    let decision = rule.decision(
      norm: norm, loss: measures.loss, skippedInRow: state.skippedInRow)
    var isClipped = false
    if decision == .apply {
      isClipped = clipping.clip(parameters, norm: norm)
      optimiser.learningRate = rate
      optimiser.update(parameters)
      state.skippedInRow = 0
    } else {
      state.skipped += 1
      state.skippedInRow += 1
    }
    state.totals.add(
      measures, norm: norm, isApplied: decision == .apply, isClipped: isClipped)
    values["clipped"] = isClipped ? 1 : 0
    values["skipped"] = decision == .apply ? 0 : 1
    values[MetricName.samplesPerSecond] = pace.step(size)
    values[MetricName.peakMemory] = Pace.peakMegabytes
    output.beat()
    try report(decision, measures, batch, chosen, values)
    return values
  }

  private func layerNorms(_ parameters: ParameterStore) -> [String: Double] {
    Dictionary(
      uniqueKeysWithValues: parameters.slots.map { slot in
        let squares = squaredNorm(parameters.gradients + slot.offset, slot.count)
        return ("grad_norm." + slot.name, squares.squareRoot())
      })
  }

  /// Says why a step was not applied, and ends the run where that was one too many.
  private func report(
    _ decision: StepDecision, _ measures: Measures, _ batch: Batch, _ pairs: [TrainingPair],
    _ values: [String: Double]
  ) throws {
    let reason: String
    switch decision {
    case .apply: return
    case .skip(let text), .end(let text): reason = text
    }
    let story = SkipStory(
      step: state.step, epoch: state.epoch, reason: reason,
      brokenTerms: measures.brokenTerms(of: model.terms),
      blame: steps.blame(batch, clips: settings.batchSize), pairs: pairs)
    guard case .end = decision else { return output.say(story.skipped) }
    let path = try communicator.together { () -> String in
      guard output.isWriter else { return "" }
      try output.append(values, step: state.step, epoch: state.epoch)
      var good = wholeState
      good.skippedInRow = 0  // whoever goes on from here begins with a clean record
      return try keeper.write(good)
    }
    throw TrainFailure(.diverged, story.diverged(checkpoint: path))
  }

  // MARK: An epoch

  /// Validates, and brings the state to the next epoch.
  /// - Returns: the epoch's metrics.
  private func endEpoch(_ plan: EpochPlan) throws -> [String: Double] {
    var values = state.totals.values
    values.merge(try validate()) { $1 }
    let loss = values[MetricName.validationLoss] ?? values["epoch_loss"] ?? .nan
    state.order = plan.order
    state.targets = plan.targets
    state.totals = EpochTotals()
    state.index = 0
    state.epoch += 1
    state.lastEpoch = values
    if loss < state.bestLoss ?? .infinity {
      (state.bestLoss, state.epochsSinceBest) = (loss, 0)
    } else {
      state.epochsSinceBest += 1
    }
    let isPatienceOver = settings.patience.map { state.epochsSinceBest >= $0 } ?? false
    state.isFinished = state.epoch > settings.epochs || isPatienceOver
    if state.epochsSinceBest == 0, output.isWriter { keeper.keepBest(wholeState) }
    values[MetricName.epochSamplesPerSecond] = pace.endEpoch()
    pace.restart()
    return values
  }

  /// The measures over the validation pairs, each counted once.
  private func validate() throws -> [String: Double] {
    var means = MeanMeasures()
    var rest = folder.validation[...]
    while !rest.isEmpty {
      let pairs = rest.prefix(settings.batchSize).map { TrainingPair($0) }
      rest = rest.dropFirst(settings.batchSize)
      let measures = steps.measure(try steps.load(pairs), clips: pairs.count)
      means.add(measures, weight: Double(pairs.count))
      output.beat()
    }
    return means.values(prefix: "val_")
  }

  private func logEpoch(_ values: [String: Double]) {
    output.row(epoch: state.epoch - 1, of: settings.epochs, values)
    guard state.isFinished, state.epoch <= settings.epochs else { return }
    output.say(
      "stopped early: no better validation loss in \(state.epochsSinceBest) epochs; the best is in "
        + "checkpoints/\(CheckpointFolder.best)")
  }
}
