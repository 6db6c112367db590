import Penalties
import RunContract

/// A config as the trainer uses it: every value checked, every default filled in.
public struct TrainSettings: Sendable, Equatable {
  /// The dataset's folder.
  public var data: String

  /// The penalty's name.
  public var penalty: String
  /// What the penalty's form takes besides.
  public var penaltyOptions: PenaltyOptions
  /// CORR_WEIGHT, the factor of the penalty.
  public var corrWeight: Double
  /// Where Pearson's ε stands: `floor`, `inside`, `product` or `outside`.
  public var pearson: String
  /// The floor under Pearson's variances.
  public var pearsonEpsilon: Double
  /// Parts of a clip whose peaks make its envelope.
  public var segments: Int

  /// Factors of RMS(output − source), of the multi-resolution STFT loss and of the log-mel loss.
  public var inputWeights: SourceWeights
  /// The same towards the target.
  public var targetWeights: SourceWeights
  /// Factor of the mask balance.
  public var balanceWeight: Double

  /// How gradients are clipped.
  public var clipping: ClippingSettings
  /// The norm before clipping above which a step is not applied; infinite for none.
  public var skipNorm: Double
  /// So many skipped steps in a row end the run.
  public var maxSkippedSteps: Int
  /// The norm that ends the run at once; infinite for none.
  public var guardNorm: Double

  /// The learning rate over the steps.
  public var schedule: ScheduleSettings
  /// AdamW's decoupled weight decay.
  public var weightDecay: Double
  /// Passes over the training pairs.
  public var epochs: Int
  /// Epochs without a better validation loss that end the run; `nil` for no such end.
  public var patience: Int?
  /// Pairs of a step, over all ranks.
  public var batchSize: Int
  /// The seed of weights and order.
  public var seed: Int

  /// Whether each epoch gives each input another pair's target.
  public var shuffleTargets: Bool
  /// The share of training targets that are replaced by silence.
  public var silentTargets: Double
  /// The share of training targets that are replaced by their input.
  public var copiedTargets: Double

  /// The network's shape.
  public var network: NetworkShape
  /// Factor on the output layer's first weights.
  public var initScale: Double

  /// Reads a config against the contract's parameter table.
  /// - Throws: ``TrainFailure`` (bad data) that names every wrong parameter at once.
  public init(_ config: Config) throws {
    let problems = Self.problems(config)
    guard problems.isEmpty else {
      throw TrainFailure(.badData, problems.joined(separator: "\n"))
    }
    let values = ParameterValues(config)
    data = values.text("data")
    penalty = values.text("penalty")
    penaltyOptions = PenaltyOptions(clamp: values.bound("clamp"), power: values.number("power"))
    corrWeight = values.number("corr_weight")
    pearson = values.text("pearson")
    pearsonEpsilon = values.number("pearson_epsilon")
    segments = values.integer("segments")
    inputWeights = SourceWeights(values, "input")
    targetWeights = SourceWeights(values, "target")
    balanceWeight = values.number("balance_weight")
    clipping = ClippingSettings(values)
    skipNorm = values.bound("skip_norm")
    maxSkippedSteps = values.integer("max_skipped_steps")
    guardNorm = values.bound("guard_norm")
    schedule = ScheduleSettings(values)
    weightDecay = values.number("weight_decay")
    epochs = values.integer("epochs")
    patience = values.text("patience") == noneWord ? nil : values.integer("patience")
    batchSize = values.integer("batch_size")
    seed = values.integer("seed")
    shuffleTargets = values.flag("shuffle_targets")
    silentTargets = values.number("silent_targets")
    copiedTargets = values.number("copied_targets")
    network = NetworkShape(
      width: values.integer("width"), depth: values.integer("depth"),
      stride: values.integer("stride"))
    initScale = values.number("init_scale")
    guard silentTargets + copiedTargets <= 1 else {
      throw TrainFailure(
        .badData, "config: silent_targets and copied_targets are more than all targets together")
    }
    guard network.isFeasible else {
      throw TrainFailure(
        .badData,
        "config: a network of width \(network.width) and depth \(network.depth) has more than "
          + "\(NetworkShape.largestParameterCount) parameters; make either smaller")
    }
  }

  private static func problems(_ config: Config) -> [String] {
    let names = trainParameters.map(\.name)
    var found = config.parameters.keys.sorted().filter { !names.contains($0) }.map {
      "config: there is no parameter \"\($0)\"" + didYouMean($0, in: names)
    }
    for parameter in trainParameters {
      if let value = config.parameters[parameter.name] {
        if let complaint = parameter.complaint(about: value) {
          found.append("config: \(parameter.name) is \(value.text), must be \(complaint)")
        }
      } else if parameter.standard == nil {
        found.append("config: \"\(parameter.name)\" is missing (\(parameter.help))")
      }
    }
    return found
  }
}
