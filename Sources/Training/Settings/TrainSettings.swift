import RunContract

/// A config as the trainer uses it: every value checked, every default filled in.
public struct TrainSettings: Sendable, Equatable {
  /// The dataset's folder.
  public var data: String
  /// The penalty's name.
  public var penalty: String
  /// CORR_WEIGHT, the factor of the penalty.
  public var corrWeight: Double
  /// The largest |c| that the exponential penalty sees.
  public var clamp: Double
  /// The global norm that gradients are clipped to.
  public var clipValue: Double
  /// AdamW's step size.
  public var learningRate: Double
  /// AdamW's decoupled weight decay.
  public var weightDecay: Double
  /// Passes over the training pairs.
  public var epochs: Int
  /// Pairs of a step.
  public var batchSize: Int
  /// The seed of weights and order.
  public var seed: Int
  /// Parts of a clip whose peaks make its envelope.
  public var segments: Int
  /// The network's shape.
  public var network: NetworkShape
  /// Factor on the output layer's first weights.
  public var initScale: Double
  /// Factor of RMS(output − input).
  public var rmsInputWeight: Double
  /// Factor of RMS(output − target).
  public var rmsTargetWeight: Double
  /// Factor of the mask balance.
  public var balanceWeight: Double
  /// The floor under Pearson's variances.
  public var pearsonEpsilon: Double

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
    corrWeight = values.number("corr_weight")
    clamp = values.number("clamp")
    clipValue = values.number("clip_value")
    learningRate = values.number("learning_rate")
    weightDecay = values.number("weight_decay")
    epochs = values.integer("epochs")
    batchSize = values.integer("batch_size")
    seed = values.integer("seed")
    segments = values.integer("segments")
    network = NetworkShape(
      width: values.integer("width"), depth: values.integer("depth"),
      stride: values.integer("stride"))
    initScale = values.number("init_scale")
    rmsInputWeight = values.number("rms_input_weight")
    rmsTargetWeight = values.number("rms_target_weight")
    balanceWeight = values.number("balance_weight")
    pearsonEpsilon = values.number("pearson_epsilon")
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

/// The checked values of a config, defaults filled in.
private struct ParameterValues {
  private let values: [String: ParameterValue]

  init(_ config: Config) {
    let standards = trainParameters.compactMap { parameter in
      parameter.standard.map { (parameter.name, $0) }
    }
    values = config.parameters.merging(standards) { given, _ in given }
  }

  // The table's kinds were checked, so that none of these falls back unless the table itself is wrong;
  // a test reads every parameter with a value other than its default.
  func text(_ name: String) -> String { values[name]?.text ?? "" }
  func integer(_ name: String) -> Int { Int(exactly: number(name)) ?? 0 }
  func number(_ name: String) -> Double {
    if case .number(let value)? = values[name] { value } else { .nan }
  }
}
