import Penalties

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

  // The correlation penalty.
  .init(
    "penalty", .choice(penaltyNames), .string("quadratic"),
    "form f of the correlation penalty f(|c|)"),
  .init("corr_weight", .number(0...1e6), .number(0.5), "CORR_WEIGHT, the penalty's factor"),
  .init(
    "clamp", .numberOrNone(0...0.999999), .number(0.95),
    "largest |c| that the exponential penalty sees"),
  .init("power", .number(1...64), .number(4), "exponent of the penalty `power`"),
  .init(
    "pearson", .choice(["floor", "inside", "product", "outside"]), .string("floor"),
    "where Pearson's epsilon stands; all but floor can give NaN"),
  .init("pearson_epsilon", .positive, .number(1e-6), "floor under Pearson's variances"),
  .init(
    "segments", .integer(2...1_000_000), .number(64),
    "parts of a clip whose peaks make its envelope; must divide the clip"),

  // The other terms of the loss.
  .init("rms_input_weight", .number(0...1e6), .number(0.3), "factor of RMS(output - input)"),
  .init("rms_target_weight", .number(0...1e6), .number(0.3), "factor of RMS(output - target)"),
  .init(
    "stft_input_weight", .number(0...1e6), .number(0), "factor of the multi-resolution STFT loss"),
  .init("stft_target_weight", .number(0...1e6), .number(0), "the same to the target"),
  .init("mel_input_weight", .number(0...1e6), .number(0), "factor of the log-mel loss"),
  .init("mel_target_weight", .number(0...1e6), .number(0), "the same to the target"),
  .init("balance_weight", .number(0...1e6), .number(15), "factor of the mask balance term"),

  // The gradient.
  .init(
    "clipping", .choice(["norm", "value", "none", "zclip", "autoclip"]), .string("norm"),
    "how gradients are clipped"),
  .init(
    "clip_value", .positive, .number(5), "global norm (or value) that gradients are clipped to"),
  .init("zclip_threshold", .positive, .number(2.5), "z-score above which zclip clips"),
  .init("zclip_decay", .number(0...0.999999), .number(0.97), "decay of zclip's running moments"),
  .init("zclip_warmup", .integer(1...1_000_000), .number(25), "steps that zclip only watches"),
  .init(
    "autoclip_percentile", .number(0...100), .number(10),
    "percentile of all norms so far that autoclip clips to"),
  .init(
    "skip_norm", .numberOrNone(0...1e300), .number(10),
    "a step whose norm before clipping is above is not applied"),
  .init(
    "max_skipped_steps", .integer(1...1_000_000), .number(10),
    "so many skipped steps in a row end the run as diverged; so does an epoch of none but "
      + "non-finite ones"),
  .init(
    "guard_norm", .numberOrNone(0...1e300), .number(1e6),
    "a norm above ends the run as diverged at once"),

  // The optimiser.
  .init("learning_rate", .positive, .number(1e-3), "AdamW's step size"),
  .init("weight_decay", .number(0...1e3), .number(0.01), "AdamW's decoupled weight decay"),
  .init(
    "schedule", .choice(["constant", "cosine"]), .string("constant"),
    "the learning rate after the warm-up"),
  .init("warmup_steps", .integer(0...1_000_000_000), .number(0), "steps of linear warm-up"),
  .init(
    "final_rate_factor", .number(0...1), .number(0.05),
    "share of the learning rate that the cosine ends at"),
  .init("epochs", .integer(1...1_000_000), .number(24), "passes over the training pairs"),
  .init(
    "patience", .integerOrNone(1...1_000_000), .string("none"),
    "epochs without a better validation loss that end the run"),
  .init("batch_size", .integer(1...65_536), .number(4), "pairs per optimiser step"),
  .init("seed", .integer(0...9_007_199_254_740_991), .number(0), "seed of weights and order"),

  // The data.
  .init(
    "shuffle_targets", .flag, .bool(false), "deal the targets out to the inputs anew each epoch"
  ),
  .init(
    "silent_targets", .number(0...1), .number(0), "stress: share of targets replaced by silence"),
  .init(
    "copied_targets", .number(0...1), .number(0), "stress: share of targets replaced by the input"),

  // The network.
  .init("size", .choice(modelSizes.map(\.name)), .string("small"), "network: \(modelSizeHelp)"),
  .init("width", .integer(1...65_536), .number(128), "channels of the network; else the size's"),
  .init("depth", .integer(1...256), .number(6), "residual blocks; else the size's"),
  .init("stride", .integer(1...64), .number(4), "frames pooled before the network"),
  .init("init_scale", .number(0...1e3), .number(0.1), "factor on the output layer's first weights"),
]

extension TrainParameter {
  fileprivate init(
    _ name: String, _ kind: ParameterKind, _ standard: ParameterValue?, _ help: String
  ) {
    self.init(name: name, kind: kind, standard: standard, help: help)
  }

  /// What the value ought to be instead, or `nil` where it is right.
  public func complaint(about value: ParameterValue) -> String? {
    kind.allows(value) ? nil : kind.expectation
  }
}
