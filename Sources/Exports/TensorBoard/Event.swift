import RunContract

/// The events that are written, as messages `tensorflow.Event` with the numbers of their fields in
/// TensorBoard's `event.proto`, `summary.proto`, `tensor.proto` and, for parameters, `plugin_data.proto` of
/// its plugin hparams.
enum Event {
  static func version(time: Double) -> Protobuf {
    Protobuf {
      $0.double(1, time)
      $0.string(3, "brain.Event:2")
    }
  }

  /// A value of a metric, as PyTorch's SummaryWriter writes it: every reader of event files knows
  /// `simple_value`. It is of 32 bits, as all that TensorBoard shows.
  static func scalar(_ tag: String, step: Int, time: Double, value: Double) -> Protobuf {
    summary(time: time, step: step) {
      $0.string(1, tag)
      $0.float(2, Float(value))
    }
  }

  /// A text, shown as it is: indented by four, Markdown takes it for code.
  static func text(_ tag: String, time: Double, text: String) -> Protobuf {
    let code = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .map { "    \($0)" }.joined(separator: "\n")
    return summary(time: time, step: 0) {
      $0.string(1, tag)
      $0.message(8) {
        $0.whole(1, 7)  // DT_STRING
        $0.message(2) { $0.message(2) { $0.whole(1, 1) } }
        $0.string(8, code)
      }
      metadata(&$0, plugin: "text", content: Protobuf())
    }
  }

  /// What the plugin hparams is told at a run's beginning: its parameters.
  static func sessionStart(_ run: ExportedRun) -> Protobuf {
    hparams("_hparams_/session_start_info", time: run.beginning) {
      $0.message(3) { start in
        for (name, value) in run.sortedParameters {
          start.message(1) {
            $0.string(1, name)
            $0.message(2) { Event.value(value, &$0) }
          }
        }
        start.string(4, run.name)
        start.double(5, run.beginning)
      }
    }
  }

  /// What it is told of the run's end.
  static func sessionEnd(_ run: ExportedRun) -> Protobuf {
    hparams("_hparams_/session_end_info", time: known(run.endedAt) ?? run.beginning) {
      $0.message(4) {
        $0.whole(1, status(run.phase))
        if let time = known(run.endedAt) { $0.double(2, time) }
      }
    }
  }

  private static func status(_ phase: ExportedRun.Phase) -> Int {
    switch phase {
    case .waiting: 0
    case .finished: 1
    case .failed, .cancelled: 2
    case .running: 3
    }
  }

  /// A `google.protobuf.Value`. One that is no finite number would break the plugin's page, which is sent
  /// as JSON.
  private static func value(_ value: ParameterValue, _ message: inout Protobuf) {
    switch value {
    case .bool(let value): message.bool(4, value)
    case .number(let value) where value.isFinite: message.double(2, value)
    case .number(let value): message.string(3, plainNumber(value))
    case .string(let value): message.string(3, value)
    }
  }

  private static func hparams(
    _ tag: String, time: Double, content: (inout Protobuf) -> Void
  ) -> Protobuf {
    let content = Protobuf(content)
    return summary(time: time, step: 0) {
      $0.string(1, tag)
      // A tensor without elements: all is in the metadata.
      $0.message(8) {
        $0.whole(1, 1)  // DT_FLOAT
        $0.message(2) { $0.message(2) { $0.whole(1, 0) } }
      }
      metadata(&$0, plugin: "hparams", content: content)
    }
  }

  private static func metadata(_ value: inout Protobuf, plugin: String, content: Protobuf) {
    value.message(9) {
      $0.message(1) {
        $0.string(1, plugin)
        $0.message(2, content)
      }
      $0.whole(4, 2)  // DATA_CLASS_TENSOR
    }
  }

  private static func summary(
    time: Double, step: Int, value: (inout Protobuf) -> Void
  ) -> Protobuf {
    let value = Protobuf(value)
    return Protobuf {
      $0.double(1, time)
      $0.whole(2, step)
      $0.message(5) { $0.message(1, value) }
    }
  }
}
