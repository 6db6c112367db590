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
  /// Whether the parameters as they are have given a finite loss.
  private var isProven = false
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
    state.stepsPerEpoch = stepsPerEpoch
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
        // The last step of an epoch shares its line with the epoch, which is validated first.
        if state.index < stepsPerEpoch, try settle(values, epoch: state.epoch) { return .stopped }
        if state.index == stepsPerEpoch { state.lastStep = values }
      }
      guard let values = try endEpoch(plan) else {
        try writeCheckpoint()
        return .stopped
      }
      logEpoch(values)
      let line = state.lastStep.merging(values) { $1 }
      state.lastStep = [:]
      if try settle(line, epoch: state.epoch - 1), !state.isFinished { return .stopped }
    }
    try communicator.together {
      guard output.isWriter else { return }
      try output.sync()
      try keeper.writeFinal(wholeState)
    }
    return .finished
  }

  /// Writes a step's line, and a checkpoint where one is due. The one place where ranks look at one
  /// another after a step: a full disk on one, a signal to another.
  /// - Returns: whether a signal asked to stop; a checkpoint has been written then.
  private func settle(_ values: [String: Double], epoch: Int) throws -> Bool {
    let stop = try communicator.together { () -> Int in
      try output.append(values, step: state.step, epoch: epoch)
      if output.beat() { try keeper.isStillOurs() }
      if output.isWriter { try keeper.writeIfDue { try output.sync() } }
      return StopSignal.isReceived ? 1 : 0
    }
    guard communicator.maximum(stop) > 0 else { return false }
    if !state.isFinished { try writeCheckpoint() }
    return true
  }

  private func writeCheckpoint() throws {
    try communicator.together {
      guard output.isWriter else { return }
      try output.sync()
      try keeper.write(wholeState)
    }
  }

  /// The state with what the clipping remembers, which is copied for checkpoints only.
  private var wholeState: TrainingState { whole(state) }

  private func whole(_ state: TrainingState) -> TrainingState {
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
    let before = state
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

    if measures.loss.isFinite { isProven = true }
    let decision = communicator.agree(
      rule.decision(norm: norm, loss: measures.loss, skippedInRow: state.skippedInRow))
    var isClipped = false
    if decision == .apply {
      if output.isWriter { keeper.keepGood(whole(before)) }
      isClipped = clipping.clip(parameters, norm: norm)
      optimiser.learningRate = rate
      optimiser.update(parameters)
      isProven = false
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
      blame: steps.blame(batch, clips: settings.batchSize), pairs: pairs,
      isFinite: measures.loss.isFinite && values[MetricName.gradNorm]?.isFinite == true)
    guard case .end = decision else { return output.say(story.skipped) }
    try diverge(story.diverged, values)
  }

  /// Ends the run as diverged, with a checkpoint of the last good state.
  private func diverge(_ reason: String, _ values: [String: Double]?) throws -> Never {
    let message = try communicator.together { () -> String in
      guard output.isWriter else { return "" }
      if let values { try output.append(values, step: state.step, epoch: state.epoch) }
      try output.sync()
      guard !isProven else {
        var good = wholeState
        good.divergence = reason
        good.lastStep = values ?? [:]
        return reason + "; the last good state is in \(try keeper.write(good))"
      }
      guard let good = try keeper.writeGood(divergence: reason) else {
        return reason + "; there was no good state to keep"
      }
      return reason + "; the last good state, after step \(good.step), is in \(good.path)"
    }
    guard output.isWriter else { throw PeerFailure(code: TrainerExit.diverged.rawValue) }
    throw TrainFailure(.diverged, message)
  }

  // MARK: An epoch

  /// Validates, and brings the state to the next epoch.
  /// - Returns: the epoch's metrics; `nil` where a signal came before it was validated.
  private func endEpoch(_ plan: EpochPlan) throws -> [String: Double]? {
    guard let validated = try validate() else { return nil }
    let values = state.totals.values.merging(validated) { $1 }
    if let loss = values[MetricName.validationLoss], !loss.isFinite {
      isProven = false
      let reason = "diverged after epoch \(state.epoch): the validation loss is not finite"
      try diverge(reason, state.lastStep.merging(values) { $1 })
    }
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
    if state.epochsSinceBest == 0, output.isWriter { keeper.keepBest(bestState) }
    let rate = pace.endEpoch()
    pace.restart()
    return values.merging([MetricName.epochSamplesPerSecond: rate]) { $1 }
  }

  /// The state that goes with the best epoch's checkpoint: its last step's line is written.
  private var bestState: TrainingState {
    var best = wholeState
    best.lastStep = [:]
    return best
  }

  /// The measures over the validation pairs, each counted once; `nil` where a signal came.
  private func validate() throws -> [String: Double]? {
    var means = MeanMeasures()
    var rest = folder.validation[...]
    while !rest.isEmpty {
      let pairs = rest.prefix(settings.batchSize).map { TrainingPair($0) }
      rest = rest.dropFirst(settings.batchSize)
      let measures = steps.measure(try steps.load(pairs), clips: pairs.count)
      means.add(measures, weight: Double(pairs.count))
      output.beat()
      if communicator.maximum(StopSignal.isReceived ? 1 : 0) > 0, !rest.isEmpty { return nil }
    }
    return means.values(prefix: "val_")
  }

  private func logEpoch(_ values: [String: Double]) {
    output.row(epoch: state.epoch - 1, of: settings.epochs, values)
    guard state.isFinished, state.epoch <= settings.epochs else { return }
    let best = state.bestLoss == nil ? "" : "; the best is in checkpoints/\(CheckpointFolder.best)"
    output.say("stopped early: no better validation loss in \(state.epochsSinceBest) epochs\(best)")
  }
}
