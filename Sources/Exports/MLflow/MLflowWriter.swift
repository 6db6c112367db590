import RunContract

/// Writes an MLflow file store as MLflow's `FileStore` does, `<experiment id>/<run id>/{metrics,params,tags,
/// artifacts}` with a `meta.yaml` each. Ids follow from names and config, so that the same runs have the same
/// ids in the next export. An empty series has no file, because MLflow calls one damaged; epochs have no place.
///
/// MLflow 3 opens file stores only with `MLFLOW_ALLOW_FILE_STORE=true` and takes them over into a database
/// with `mlflow migrate-filestore`; before, they were its standard.
final class MLflowWriter: FormatWriter {
  private let folder: String
  private let finalPath: String
  private var experiments: [String: Experiment] = [:]

  /// What is known of an experiment so far.
  private struct Experiment {
    var created: Double?
    var updated: Double?
  }

  private static let standardExperiment = "Default"

  /// - Parameters:
  ///   - folder: where it is written.
  ///   - finalPath: where it will be: MLflow keeps absolute addresses of artifacts.
  init(folder: String, finalPath: String) throws {
    self.folder = folder
    self.finalPath = finalPath
    // Every store has it: it is where MLflow puts runs that name no experiment.
    try open(Self.standardExperiment)
  }

  func add(_ run: ExportedRun, notes: inout ExportNotes) throws {
    try open(run.experiment)
    note(run)
    let place = "\(Self.experimentID(run.experiment))/\(Self.runID(run))"
    let runFolder = "\(folder)/\(place)"
    try makeFolder(runFolder)
    for name in ["metrics", "params", "tags", "artifacts"] {
      try makeFolder("\(runFolder)/\(name)")
    }
    try writeFile(meta(of: run, place: place), to: "\(runFolder)/meta.yaml")
    let metrics = MLflowNames(run.series.map(\.name))
    let parameters = MLflowNames(run.parameters.keys)
    for series in run.series where !series.points.isEmpty {
      try write(series, of: run, to: file(metrics[series.name], in: "\(runFolder)/metrics"))
    }
    for (name, value) in run.sortedParameters {
      try write(value, named: parameters[name], of: run, in: runFolder, notes: &notes)
    }
    var tags = run.facts.dropFirst().map { (name: "orchestrate.\($0.name)", text: $0.text) }
    tags.append((name: "mlflow.runName", text: run.name))
    for (kind, names) in [("metric", metrics), ("param", parameters)] {
      for change in names.changes {
        notes.add("the \(kind) \"\(printable(change.from))\" is called \(change.to)")
        tags.append((name: "orchestrate.\(kind).\(change.to)", text: change.from))
      }
    }
    for tag in tags {
      let text = MLflowText.cut(tag.text, to: MLflowText.tagLimit, note: "")
      try writeFile(text, to: "\(runFolder)/tags/\(tag.name)")
    }
  }

  func finish() throws {
    for (name, experiment) in experiments {
      let id = Self.experimentID(name)
      let times = [experiment.created, experiment.updated].map {
        YAMLScalar.whole(MLflowText.milliseconds($0 ?? 0))
      }
      let meta = MLflowText.yaml([
        "artifact_location": .string(MLflowText.uri("\(finalPath)/\(id)")),
        "creation_time": times[0], "experiment_id": .string(id), "last_update_time": times[1],
        "lifecycle_stage": .string("active"), "name": .string(name),
      ])
      try writeFile(meta, to: "\(folder)/\(id)/meta.yaml")
    }
  }

  // MARK: Experiments

  private func open(_ experiment: String) throws {
    guard experiments[experiment] == nil else { return }
    experiments[experiment] = Experiment()
    try makeFolder("\(folder)/\(Self.experimentID(experiment))")
  }

  private func note(_ run: ExportedRun) {
    let times = [run.createdAt, run.startedAt, run.endedAt].compactMap(known)
    guard let first = times.min(), let last = times.max() else { return }
    let before = experiments[run.experiment]
    experiments[run.experiment] = Experiment(
      created: min(before?.created ?? first, first), updated: max(before?.updated ?? last, last))
  }

  /// Eighteen decimal digits, as MLflow gives them.
  static func experimentID(_ name: String) -> String {
    guard name != standardExperiment else { return "0" }
    let number = UInt64(MLflowText.digits(16, of: name), radix: 16) ?? 0
    return "\(100_000_000_000_000_000 + number % 900_000_000_000_000_000)"
  }

  // MARK: Runs

  static func runID(_ run: ExportedRun) -> String {
    MLflowText.digits(32, of: run.name, run.configID)
  }

  private func meta(of run: ExportedRun, place: String) -> String {
    let end = known(run.endedAt).map { YAMLScalar.whole(MLflowText.milliseconds($0)) }
    return MLflowText.yaml([
      "artifact_uri": .string(MLflowText.uri("\(finalPath)/\(place)/artifacts")),
      "end_time": end ?? .null,
      "entry_point_name": .string(""),
      "experiment_id": .string(Self.experimentID(run.experiment)),
      "lifecycle_stage": .string("active"),
      "run_id": .string(Self.runID(run)),
      "run_name": .string(run.name),
      "source_name": .string(""),
      "source_type": .whole(4),  // SourceType.LOCAL
      "source_version": .string(""),
      "start_time": .whole(MLflowText.milliseconds(run.beginning)),
      "status": .whole(status(run.phase)),
      "user_id": .string("orchestrate"),
    ])
  }

  /// MLflow's `RunStatus`.
  private func status(_ phase: ExportedRun.Phase) -> Int {
    switch phase {
    case .running: 1
    case .waiting: 2
    case .finished: 3
    case .failed: 4
    case .cancelled: 5
    }
  }

  private func write(_ series: ExportedSeries, of run: ExportedRun, to path: String) throws {
    let file = try OutputFile(path)
    for point in series.points {
      let time = MLflowText.milliseconds(run.time(of: point))
      try file.write("\(time) \(plainNumber(point.value)) \(point.step)\n")
    }
    try file.close()
  }

  private func write(
    _ value: ParameterValue, named name: String, of run: ExportedRun, in runFolder: String,
    notes: inout ExportNotes
  ) throws {
    let text = value.text
    let artifact = "params/\(fileName(for: name)).txt"
    let kept = MLflowText.cut(
      text, to: MLflowText.valueLimit, note: "; all of it in the artifact \(artifact)")
    try writeFile(kept, to: file(name, in: "\(runFolder)/params"))
    guard kept != text else { return }
    try makeFolder("\(runFolder)/artifacts/params", isPath: true)
    try writeFile(text, to: "\(runFolder)/artifacts/\(artifact)")
    notes.add(
      "\(printable(run.name)): the value of \(name) is cut; all of it is in the artifact \(artifact)"
    )
  }

  /// The path of a name that may have folders in it, which are made.
  private func file(_ name: String, in folder: String) throws -> String {
    if let slash = name.lastIndex(of: "/") {
      try makeFolder("\(folder)/\(name[..<slash])", isPath: true)
    }
    return "\(folder)/\(name)"
  }
}
