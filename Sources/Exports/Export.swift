import RunContract

/// Runs on their way into a file or folder that other programs read.
///
/// Runs are handed over one by one, so that a thousand long ones need the memory of one. Everything is
/// written beside its place and gets its name at ``finish()``; an export that is given up before that
/// leaves nothing behind. Nothing there is overwritten unless asked for.
public final class Export {
  private let format: ExportFormat
  private let output: StagedOutput
  private let writer: any FormatWriter
  private var names: Set<String> = []
  private var values = 0
  private var notes = ExportNotes()
  /// Whether the export can still be finished.
  private var isOpen = true

  /// Begins an export.
  /// - Parameters:
  ///   - path: where it shall be; nothing or an empty folder may be there.
  ///   - parameterNames: the parameters of all runs, which are the columns of `runs.csv`; the other
  ///     formats do not need them.
  ///   - replacing: whether an older export of the same kind may be there and is replaced.
  /// - Throws: ``ExportError`` where something else is there, `FileError` with the system's reason.
  public init(
    _ format: ExportFormat, to path: String, parameterNames: [String] = [],
    replacing: Bool = false
  ) throws {
    self.format = format
    output = try StagedOutput(
      path: path, kind: format.isFolder ? .folder(format: format.rawValue) : .file,
      replacing: replacing)
    writer =
      switch format {
      case .csv: try CSVWriter(folder: output.staging, parameterNames: parameterNames)
      case .json: try JSONWriter(file: output.staging)
      case .tensorboard: TensorBoardWriter(folder: output.staging)
      case .mlflow: try MLflowWriter(folder: output.staging, finalPath: output.path)
      }
  }

  /// Writes a run.
  /// - Throws: ``ExportError`` where two runs or two of its metrics have one name, `FileError` with the
  ///   system's reason. The export is given up then.
  public func add(_ run: ExportedRun) throws {
    guard isOpen else { throw ExportError("the export was given up after an error") }
    isOpen = false
    guard names.insert(run.name).inserted else {
      throw ExportError("two runs have the name \"\(printable(run.name))\"")
    }
    var series: Set<String> = []
    for one in run.series where !series.insert(one.name).inserted {
      throw ExportError(
        "run \(printable(run.name)) has two metrics with the name \"\(printable(one.name))\"")
    }
    try writer.add(run, notes: &notes)
    values += run.series.reduce(0) { $0 + $1.points.count }
    isOpen = true
  }

  /// Gives the export its name.
  /// - Throws: ``ExportError`` where a run could not be written or something has come to be in its place,
  ///   `FileError` with the system's reason.
  public func finish() throws -> ExportSummary {
    guard isOpen else { throw ExportError("the export was given up after an error") }
    isOpen = false
    try writer.finish()
    try output.commit(
      describing: [
        "notes": .array(notes.all.map { .string($0) }), "runs": JSONValue(names.count),
        "values": JSONValue(values),
      ])
    return ExportSummary(
      format: format, path: output.path, runs: names.count, values: values, notes: notes.all)
  }
}
