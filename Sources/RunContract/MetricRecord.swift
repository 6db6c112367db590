import Foundation

/// One line of `metrics.jsonl`: what was measured at one optimiser step.
///
/// The line is `{"step":…,"epoch":…,"time":…,"values":{…}}`. Steps count from 1 over the whole run,
/// epochs from 1. Where a run was resumed a step may occur again; its last line counts.
public struct MetricRecord: Equatable, Sendable {
  /// The optimiser step, from 1.
  public var step: Int
  /// The epoch the step belongs to, from 1.
  public var epoch: Int
  /// Seconds since 1970, UTC.
  public var time: Double
  /// The measured values by metric name.
  public var values: [String: Double]

  /// A record of these values.
  public init(step: Int, epoch: Int, time: Double, values: [String: Double]) {
    self.step = step
    self.epoch = epoch
    self.time = time
    self.values = values
  }

  /// The line, without its newline.
  public var line: String {
    JSONValue.object([
      "step": .number(Double(step)), "epoch": .number(Double(epoch)), "time": .number(time),
      "values": .object(values.mapValues { .number($0) }),
    ]).canonical
  }

  /// Reads one line; `nil` where it is no record.
  public init?(line: Data) {
    guard let json = try? JSONValue(parsing: line), let step = json["step"]?.integer,
      let epoch = json["epoch"]?.integer, let time = json["time"]?.number,
      let members = json["values"]?.object
    else { return nil }
    var values: [String: Double] = [:]
    for (name, value) in members {
      guard let number = value.number else { return nil }
      values[name] = number
    }
    self.init(step: step, epoch: epoch, time: time, values: values)
  }
}

/// The names of metrics that `orchestrate` itself reads; a trainer may add any others.
public enum MetricName {
  /// The whole training loss of a batch.
  public static let loss = "loss"
  /// The global gradient norm before clipping.
  public static let gradNorm = "grad_norm"
  /// The correlation penalty before its weight.
  public static let corrPenalty = "corr_penalty"
  /// The loss on the validation part, once an epoch.
  public static let validationLoss = "val_loss"
}
