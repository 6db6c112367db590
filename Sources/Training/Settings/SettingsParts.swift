/// Factors of the terms of the loss that compare the output with one of its sources.
public struct SourceWeights: Sendable, Equatable {
  /// Of RMS(output − source).
  public var rms: Double
  /// Of the multi-resolution STFT loss.
  public var stft: Double
  /// Of the log-mel loss.
  public var mel: Double

  init(_ values: ParameterValues, _ source: String) {
    rms = values.number("rms_\(source)_weight")
    stft = values.number("stft_\(source)_weight")
    mel = values.number("mel_\(source)_weight")
  }
}

/// What a config says about clipping: the form and the numbers of all forms.
public struct ClippingSettings: Sendable, Equatable {
  /// The form's name.
  public var form: String
  /// The limit of `norm` and `value`.
  public var value: Double
  /// zclip's z-score.
  public var zclipThreshold: Double
  /// zclip's decay of the running moments.
  public var zclipDecay: Double
  /// Steps that zclip only watches.
  public var zclipWarmup: Int
  /// autoclip's percentile.
  public var autoclipPercentile: Double

  init(_ values: ParameterValues) {
    form = values.text("clipping")
    value = values.number("clip_value")
    zclipThreshold = values.number("zclip_threshold")
    zclipDecay = values.number("zclip_decay")
    zclipWarmup = values.integer("zclip_warmup")
    autoclipPercentile = values.number("autoclip_percentile")
  }
}

/// What a config says about the learning rate.
public struct ScheduleSettings: Sendable, Equatable {
  /// `constant` or `cosine`.
  public var form: String
  /// The rate after the warm-up.
  public var learningRate: Double
  /// Steps of linear warm-up.
  public var warmupSteps: Int
  /// The share of the rate that the cosine ends at.
  public var finalFactor: Double

  init(_ values: ParameterValues) {
    form = values.text("schedule")
    learningRate = values.number("learning_rate")
    warmupSteps = values.integer("warmup_steps")
    finalFactor = values.number("final_rate_factor")
  }
}
