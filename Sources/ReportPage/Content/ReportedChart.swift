import RunContract

/// A chart of one metric over the epochs.
public struct ReportedChart: Sendable {
  public var metric: String
  public var title: String
  /// The quantity with its unit.
  public var axis: String
  /// What the values are, as `mean of each epoch's steps`.
  public var note: String
  public var isLogarithmic: Bool
  /// A value that is marked by a line, with its name.
  public var threshold: Double?
  public var thresholdName: String
  /// Values that are shaded.
  public var shaded: ClosedRange<Double>?

  public init(
    metric: String, title: String, axis: String, note: String = "", isLogarithmic: Bool = false,
    threshold: Double? = nil, thresholdName: String = "", shaded: ClosedRange<Double>? = nil
  ) {
    self.metric = metric
    self.title = title
    self.axis = axis
    self.note = note
    self.isLogarithmic = isLogarithmic
    self.threshold = threshold
    self.thresholdName = thresholdName
    self.shaded = shaded
  }

  /// The metrics of `train`, in the order in which they are read.
  public static let standard = [
    ReportedChart(metric: MetricName.loss, title: "Training loss", axis: "training loss"),
    ReportedChart(
      metric: MetricName.validationLoss, title: "Validation loss", axis: "validation loss"),
    ReportedChart(
      metric: MetricName.gradNorm, title: "Gradient norm",
      axis: "highest of the epoch, before clipping",
      isLogarithmic: true, threshold: NormBand.explosion,
      thresholdName: "exploded above \(numberText(NormBand.explosion))", shaded: NormBand.stable),
    ReportedChart(
      metric: MetricName.corrPenalty, title: "Correlation penalty",
      axis: "penalty before its weight"),
    ReportedChart(
      metric: "c_input", title: "Correlation to the input", axis: "mean |c| to the input"),
    ReportedChart(
      metric: "c_target", title: "Correlation to the target", axis: "mean |c| to the target"),
    ReportedChart(
      metric: "mask_input", title: "Mask of the input", axis: "mean mask of the input"),
    ReportedChart(
      metric: "mask_target", title: "Mask of the target", axis: "mean mask of the target"),
  ]
}
