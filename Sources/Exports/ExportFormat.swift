/// What other programs read.
public enum ExportFormat: String, Sendable, CaseIterable {
  /// A folder with `runs.csv`, a row a run, and `metrics.csv`, a row a value.
  case csv
  /// One JSON document.
  case json
  /// A folder with a folder of event files for each run: `tensorboard --logdir FOLDER`.
  case tensorboard
  /// A folder that is an MLflow file store. MLflow 3 asks for `MLFLOW_ALLOW_FILE_STORE=true` to open one,
  /// or takes it over into a database: `mlflow migrate-filestore --source FOLDER --target sqlite:///….db`.
  case mlflow

  /// Whether the export is a folder; else it is a file.
  public var isFolder: Bool { self != .json }
}

/// What was written.
public struct ExportSummary: Sendable, Equatable {
  public let format: ExportFormat
  /// The absolute path.
  public let path: String
  public let runs: Int
  /// Values of metrics.
  public let values: Int
  /// What the format could not hold as it was, one sentence each.
  public let notes: [String]
}

/// Writes runs in one format. It holds no more of a run than its name once it has been written.
protocol FormatWriter: AnyObject {
  /// Writes a run. Names are unique: ``Export`` has looked.
  func add(_ run: ExportedRun, notes: inout ExportNotes) throws
  /// Writes what follows the last run.
  func finish() throws
}

/// What is said about an export: each sentence once, and no more than a person would read.
struct ExportNotes {
  private(set) var sentences: [String] = []
  private var more = 0
  private static let limit = 100

  mutating func add(_ sentence: String) {
    guard !sentences.contains(sentence) else { return }
    if sentences.count < Self.limit { sentences.append(sentence) } else { more += 1 }
  }

  /// All of them, with a word on how many are left out.
  var all: [String] { more == 0 ? sentences : sentences + ["… and \(more) more like these"] }
}
