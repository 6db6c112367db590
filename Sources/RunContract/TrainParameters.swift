/// What a hyperparameter may be.
public enum ParameterKind: Sendable, Equatable {
  /// A whole number within bounds.
  case integer(ClosedRange<Int>)
  /// A number within bounds.
  case number(ClosedRange<Double>)
  /// A number above zero.
  case positive
  /// One of these words.
  case choice([String])
  /// A text that is not empty.
  case text
}

/// One hyperparameter of the `train` program.
public struct TrainParameter: Sendable {
  /// The name in configs and job files.
  public let name: String
  /// What it may be.
  public let kind: ParameterKind
  /// Its value where a config does not name it; `nil` where it must.
  public let standard: ParameterValue?
  /// One line of help.
  public let help: String
}

/// The hyperparameters that `train` knows: the one table that checks configs, job files and flags.
public let trainParameters: [TrainParameter] = [
  .init("data", .text, nil, "folder of WAV pairs made by `train dataset make`"),
  .init(
    "penalty", .choice(["exponential", "quadratic", "cubic"]), .string("quadratic"),
    "form f of the correlation penalty f(|c|)"),
  .init("corr_weight", .number(0...1e6), .number(0.5), "CORR_WEIGHT, the penalty's factor"),
  .init(
    "clamp", .number(0...0.999999), .number(0.95),
    "largest |c| that the exponential penalty sees"),
  .init("clip_value", .positive, .number(5), "global gradient norm that a step is clipped to"),
  .init("learning_rate", .positive, .number(1e-3), "AdamW's step size"),
  .init("weight_decay", .number(0...1e3), .number(0.01), "AdamW's decoupled weight decay"),
  .init("epochs", .integer(1...1_000_000), .number(24), "passes over the training pairs"),
  .init("batch_size", .integer(1...65_536), .number(4), "pairs per optimiser step"),
  .init("seed", .integer(0...9_007_199_254_740_991), .number(0), "seed of weights and order"),
  .init(
    "segments", .integer(2...1_000_000), .number(64),
    "parts of a clip whose peaks make its envelope; must divide the clip"),
  .init("width", .integer(1...65_536), .number(128), "channels of the network"),
  .init("depth", .integer(1...256), .number(6), "residual blocks of the network"),
  .init("stride", .integer(1...64), .number(4), "frames pooled before the network"),
  .init("init_scale", .number(0...1e3), .number(0.1), "factor on the output layer's first weights"),
  .init("rms_input_weight", .number(0...1e6), .number(0.3), "factor of RMS(output - input)"),
  .init("rms_target_weight", .number(0...1e6), .number(0.3), "factor of RMS(output - target)"),
  .init("balance_weight", .number(0...1e6), .number(15), "factor of the mask balance term"),
  .init("pearson_epsilon", .positive, .number(1e-6), "floor under Pearson's variances"),
]

extension TrainParameter {
  fileprivate init(
    _ name: String, _ kind: ParameterKind, _ standard: ParameterValue?, _ help: String
  ) {
    self.init(name: name, kind: kind, standard: standard, help: help)
  }

  /// What the value ought to be instead, or `nil` where it is right.
  public func complaint(about value: ParameterValue) -> String? {
    switch (kind, value) {
    case (.integer(let range), .number(let number)):
      if let whole = Int(exactly: number), range.contains(whole) { return nil }
    case (.number(let range), .number(let number)):
      if range.contains(number) { return nil }
    case (.positive, .number(let number)):
      if number > 0, number.isFinite { return nil }
    case (.choice(let words), .string(let word)):
      if words.contains(word) { return nil }
    case (.text, .string(let text)):
      if !text.isEmpty { return nil }
    default: break
    }
    return expectation
  }

  /// What the parameter may be, as in "a number from 0 to 1".
  public var expectation: String {
    switch kind {
    case .integer(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
    case .number(let range):
      "a number from \(canonicalNumber(range.lowerBound)) to \(canonicalNumber(range.upperBound))"
    case .positive: "a number above 0"
    case .choice(let words): "one of " + words.joined(separator: ", ")
    case .text: "a text"
    }
  }
}
