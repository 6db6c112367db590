import RunContract

/// How far a run has come: all that the next step depends on besides parameters and moments.
package struct TrainingState: Equatable, Sendable {
  /// Steps done, those that were skipped among them.
  package var step = 0
  /// The epoch in progress, from 1.
  package var epoch = 1
  /// Steps of this epoch done.
  package var index = 0
  /// Steps that AdamW has taken.
  package var optimiserSteps = 0
  /// The generator of the pairs' order, as it was when this epoch began.
  package var order: SeededGenerator
  /// The generator of the targets' shuffling, as it was when this epoch began.
  package var targets: SeededGenerator
  /// What this epoch has measured so far.
  package var totals = EpochTotals()
  /// What the clipping remembers of earlier norms.
  package var clippingMemory: [Double] = []
  /// Steps skipped so far, and skipped one after another just now.
  package var skipped = 0
  package var skippedInRow = 0
  /// The best epoch's loss (on validation pairs where there are any), and epochs since.
  package var bestLoss: Double?
  package var epochsSinceBest = 0
  /// Whether the run has ended; nothing is left to be done then.
  package var isFinished = false
  /// Why the run ended as diverged, where it did.
  package var divergence: String?
  /// Steps of an epoch, 0 where that is not known yet.
  package var stepsPerEpoch = 0
  /// The values of an epoch's last step, which stand in one line with the epoch's: kept where a run
  /// stops between the two.
  package var lastStep: [String: Double] = [:]
  /// The last finished epoch's values, for the verdict.
  package var lastEpoch: [String: Double] = [:]

  /// The state before the first step.
  package init(seed: Int) {
    order = SeededGenerator(seed: UInt64(seed), stream: "order")
    targets = SeededGenerator(seed: UInt64(seed), stream: "targets")
  }
}

extension TrainingState {
  /// The state as JSON, without the clipping's memory.
  var json: JSONValue {
    .object([
      "step": JSONValue(step), "epoch": JSONValue(epoch), "index": JSONValue(index),
      "optimiser_steps": JSONValue(optimiserSteps),
      "order": words(order), "targets": words(targets), "totals": totals.json,
      "skipped": JSONValue(skipped), "skipped_in_row": JSONValue(skippedInRow),
      "best_loss": bestLoss.map { .number($0) } ?? .null,
      "epochs_since_best": JSONValue(epochsSinceBest), "is_finished": .bool(isFinished),
      "divergence": JSONValue(divergence), "steps_per_epoch": JSONValue(stepsPerEpoch),
      "last_step": .object(lastStep.mapValues { .number($0) }),
      "last_epoch": .object(lastEpoch.mapValues { .number($0) }),
    ])
  }

  /// Reads a state back; `nil` where something is missing.
  init?(_ json: JSONValue, clippingMemory: [Double]) {
    func count(_ name: String) -> Int? { json[name]?.count }
    guard let step = count("step"), let epoch = count("epoch"), let index = count("index"),
      let optimiserSteps = count("optimiser_steps"), let skipped = count("skipped"),
      let skippedInRow = count("skipped_in_row"), let sinceBest = count("epochs_since_best"),
      let order = json["order"].flatMap(generator),
      let targets = json["targets"].flatMap(generator),
      let totals = json["totals"].flatMap(EpochTotals.init), epoch >= 1,
      let stepsPerEpoch = count("steps_per_epoch"), index <= stepsPerEpoch,
      optimiserSteps <= step, skipped <= step, let lastStep = json["last_step"]?.object,
      case .bool(let isFinished)? = json["is_finished"], let last = json["last_epoch"]?.object
    else { return nil }
    self.step = step
    self.epoch = epoch
    self.index = index
    self.optimiserSteps = optimiserSteps
    self.order = order
    self.targets = targets
    self.totals = totals
    self.clippingMemory = clippingMemory
    self.skipped = skipped
    self.skippedInRow = skippedInRow
    bestLoss = json["best_loss"]?.number
    epochsSinceBest = sinceBest
    self.isFinished = isFinished
    lastEpoch = last.compactMapValues(\.number)
    self.stepsPerEpoch = stepsPerEpoch
    self.lastStep = lastStep.compactMapValues(\.number)
    divergence = json["divergence"]?.string
  }
}

/// Words of 64 bits do not fit JSON's numbers.
private func words(_ generator: SeededGenerator) -> JSONValue {
  .array(generator.state.map { .string(String($0, radix: 16)) })
}

private func generator(_ json: JSONValue) -> SeededGenerator? {
  SeededGenerator(
    state: (json.array ?? []).compactMap { $0.string.flatMap { UInt64($0, radix: 16) } })
}

extension JSONValue {
  /// A number of steps or the like: whole, not negative, with room above it.
  var count: Int? { integer.flatMap { (0...1_000_000_000_000_000).contains($0) ? $0 : nil } }
}
