import RunContract

/// Writes one JSON document, `{"format":"orchestrate-export","runs":[…],"version":1}`, canonical but for a
/// line's end after each run. Metrics are columns of equal length. A value that is not finite is one of the
/// strings `"NaN"`, `"Infinity"`, `"-Infinity"`, as in `metrics.jsonl`; a time that is not known is null.
final class JSONWriter: FormatWriter {
  private let file: OutputFile
  private var isFirst = true

  init(file path: String) throws {
    file = try OutputFile(path)
    try file.write(#"{"format":"orchestrate-export","runs":["#)
  }

  func add(_ run: ExportedRun, notes: inout ExportNotes) throws {
    try file.write((isFirst ? "\n" : ",\n") + Self.document(of: run).canonical)
    isFirst = false
  }

  func finish() throws {
    try file.write("\n],\"version\":1}\n")
    try file.close()
  }

  private static func document(of run: ExportedRun) -> JSONValue {
    [
      "config": .string(run.configID),
      "created_at": JSONValue(known(run.createdAt)),
      "directory": JSONValue(run.directory),
      "ended_at": JSONValue(known(run.endedAt)),
      "experiment": .string(run.experiment),
      "job_id": JSONValue(run.jobID),
      "metrics": .array(run.series.map(document)),
      "parameters": .object(run.parameters.mapValues(\.json)),
      "reason": JSONValue(run.reason),
      "run": .string(run.name),
      "started_at": JSONValue(known(run.startedAt)),
      "state": .string(run.state),
    ]
  }

  private static func document(of series: ExportedSeries) -> JSONValue {
    [
      "epochs": .array(series.points.map { JSONValue($0.epoch) }),
      "name": .string(series.name),
      "steps": .array(series.points.map { JSONValue($0.step) }),
      "times": .array(series.points.map { JSONValue(known($0.time)) }),
      "values": .array(series.points.map { JSONValue($0.value) }),
    ]
  }
}
