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

  /// Reads one line; `nil` where it is no record, or has no time. Whole files are read by
  /// ``MetricTable``, which knows the usual lines and asks here for all others.
  public init?(line: Data) {
    guard let line = try? JSONDecoder().decode(Line.self, from: line), line.time.value.isFinite
    else { return nil }
    self.init(
      step: line.step, epoch: line.epoch, time: line.time.value,
      values: line.values.mapValues(\.value))
  }

  /// The line's shape. It is decoded directly, without a ``JSONValue`` in between: a long run has
  /// hundreds of thousands of lines.
  private struct Line: Decodable {
    let step: Int
    let epoch: Int
    let time: Number
    let values: [String: Number]
  }

  /// A number, or the word for one that JSON cannot hold.
  private struct Number: Decodable {
    let value: Double

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let value = try? container.decode(Double.self) {
        self.value = value
      } else {
        let word = JSONValue.string(try container.decode(String.self))
        guard let value = word.number else {
          throw DecodingError.dataCorruptedError(in: container, debugDescription: "no number")
        }
        self.value = value
      }
    }
  }
}

extension MetricRecord {
  /// The values that follow from config and data, not from the machine's speed and memory: those that
  /// are equal to the bit where a run is repeated.
  public var reproducibleValues: [String: Double] {
    values.filter { !MetricName.ofTheMachine.contains($0.key) }
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
  /// Training pairs a second, since the step before.
  public static let samplesPerSecond = "samples_per_second"
  /// The same over the steps of an epoch.
  public static let epochSamplesPerSecond = "epoch_samples_per_second"
  /// The most memory that rank 0 has had at once, in megabytes of 2²⁰ bytes.
  public static let peakMemory = "peak_memory_mb"
  /// The metrics that measure the machine.
  public static let ofTheMachine: Set = [samplesPerSecond, epochSamplesPerSecond, peakMemory]
}
