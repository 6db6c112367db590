import RunContract

/// Writes `runs.csv`, a row a run with its parameters as columns `params.…`, and `metrics.csv`, a row a
/// value. Lines end in LF, as pandas and R write them.
final class CSVWriter: FormatWriter {
  private let runs: OutputFile
  private let metrics: OutputFile
  private let parameterNames: [String]
  private let known: Set<String>

  init(folder: String, parameterNames: [String]) throws {
    known = Set(parameterNames)
    self.parameterNames = known.sorted()
    runs = try OutputFile("\(folder)/runs.csv")
    metrics = try OutputFile("\(folder)/metrics.csv")
    let fixed = [
      "run", "experiment", "state", "config", "job_id", "reason", "directory", "created_at",
      "started_at", "ended_at",
    ]
    // With a word in front, no parameter can be taken for another column.
    let columns = fixed + self.parameterNames.map { CSVField.text("params.\($0)") }
    try runs.write(columns.joined(separator: ",") + "\n")
    try metrics.write("run,step,epoch,time,metric,value\n")
  }

  func add(_ run: ExportedRun, notes: inout ExportNotes) throws {
    if let name = run.parameters.keys.sorted().first(where: { !known.contains($0) }) {
      throw ExportError(
        "run \(printable(run.name)) has the parameter \"\(printable(name))\", which is no column of "
          + "runs.csv")
    }
    let texts = [
      run.name, run.experiment, run.state, run.configID, run.jobID, run.reason, run.directory,
    ]
    let cells =
      texts.map { $0.map(CSVField.text) ?? "" }
      + [run.createdAt, run.startedAt, run.endedAt].map(CSVField.time)
      + parameterNames.map { run.parameters[$0].map(CSVField.value) ?? "" }
    try runs.write(cells.joined(separator: ",") + "\n")
    for series in run.series { try write(series, of: run) }
  }

  private func write(_ series: ExportedSeries, of run: ExportedRun) throws {
    let name = CSVField.text(run.name)
    let metric = "," + CSVField.text(series.name) + ","
    for point in series.points {
      try metrics.write(name)
      try metrics.write(",\(point.step),\(point.epoch),")
      try metrics.write(CSVField.time(point.time))
      try metrics.write(metric)
      try metrics.write(CSVField.number(point.value))
      try metrics.write("\n")
    }
  }

  func finish() throws {
    try runs.close()
    try metrics.close()
  }
}
