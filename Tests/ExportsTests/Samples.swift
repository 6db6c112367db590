import Exports
import RunContract

/// Runs with everything that could go wrong in them.
enum Samples {
  static let config = sha256Hex("config")

  static let hostileNames = [
    "loss", "loss/train", "../../etc/passwd", "/absolute", "a//b", "..", ".", "", "=1+1",
    "a\nb\u{0}c", "ünï/cødé", "x\u{202E}y", "-\"quoted\", 'text'", "a%b", "a_b-deadbeefdead",
    String(repeating: "long", count: 100), "_hparams_/session_start_info", "_run_",
    "colon: and space", "\"\u{301}combined", "trailing/",
  ]

  /// Values that floats of 32 bits hold, too, and those that are no numbers.
  static func values(_ count: Int) -> [Double] {
    (0..<count).map { index in
      switch index {
      case 1: .nan
      case 2: .infinity
      case 3: -.infinity
      case 4: -0.5
      default: Double(Float(index) * 0.37)
      }
    }
  }

  static func series(_ name: String, count: Int = 6) -> ExportedSeries {
    ExportedSeries(
      name: name,
      points: values(count).enumerated().map { index, value in
        ExportedSeries.Point(
          step: index * 10 + 1, epoch: index + 1, time: 1_700_000_000.25 + Double(index),
          value: value)
      })
  }

  static let hostile = ExportedRun(
    name: "mix-1", experiment: "mix: \"quoted\"\n", state: "diverged", phase: .failed,
    configID: config,
    parameters: [
      "corr_weight": .number(0.3), "seed": .number(9_007_199_254_740_991), "clip": .bool(false),
      "penalty": .string("=HYPERLINK(\"http://x\")"), "empty": .string(""),
      "text": .string("a,b\r\n\"c\"\t'\u{1F600}"), "../up": .string("x"),
      "long": .string(String(repeating: "ü", count: 7000)), "tiny": .number(1e-12),
    ],
    createdAt: 1_700_000_000, startedAt: 1_700_000_000.5, endedAt: 1_700_000_100.125,
    jobID: "123_4", reason: "gradient is not finite\n=cmd", directory: "/runs/mix-1",
    series: hostileNames.map { series($0) } + [series("empty series", count: 0)])

  static let bare = ExportedRun(
    name: "mix-2", experiment: "mix", state: "pending", phase: .waiting, configID: config)

  static let usual = ExportedRun(
    name: "mix-3", experiment: "mix", state: "completed", phase: .finished, configID: config,
    parameters: ["corr_weight": .number(1), "penalty": .string("quadratic")],
    createdAt: 1_700_000_000, startedAt: 1_700_000_001, endedAt: 1_700_000_002,
    series: [series("loss", count: 40), series("val_loss", count: 1)])

  static let all = [hostile, bare, usual]

  static let parameterNames = Set(all.flatMap(\.parameters.keys)).sorted()

  /// An export of all of them.
  @discardableResult
  static func export(_ format: ExportFormat, to path: String) throws -> ExportSummary {
    let export = try Export(format, to: path, parameterNames: parameterNames)
    for run in all { try export.add(run) }
    return try export.finish()
  }
}

/// Whether two values are the same, not-a-number being the same as itself.
func same(_ one: Double?, _ other: Double) -> Bool {
  one.map { $0 == other || $0.isNaN && other.isNaN } ?? false
}
