import RunContract

/// Writes a folder for each run with one event file: metrics as scalars, parameters for the plugin hparams,
/// everything else as a text. Epochs have no place there.
///
/// Equal runs make equal files: a file's name and times come from the run, and stand for no machine.
final class TensorBoardWriter: FormatWriter {
  private let folder: String

  init(folder: String) { self.folder = folder }

  func add(_ run: ExportedRun, notes: inout ExportNotes) throws {
    let runFolder = "\(folder)/\(fileName(for: run.name))"
    try makeFolder(runFolder)
    let seconds = Int(run.beginning)
    let file = try EventFile(
      "\(runFolder)/events.out.tfevents.\(seconds).orchestrate.0", time: run.beginning)
    try file.write(Event.sessionStart(run))
    let facts = run.facts.map { "\($0.name): \(printable($0.text))" }.joined(separator: "\n")
    try file.write(Event.text(Self.factsTag, time: run.beginning, text: facts))
    for series in run.series { try write(series, of: run, to: file, notes: &notes) }
    try file.write(Event.sessionEnd(run))
    try file.close()
  }

  func finish() throws {}

  private func write(
    _ series: ExportedSeries, of run: ExportedRun, to file: EventFile, notes: inout ExportNotes
  ) throws {
    let tag = Self.tag(for: series.name)
    if tag != series.name {
      notes.add("the metric \"\(printable(series.name))\" has the tag \"\(printable(tag))\"")
    }
    var isTooLarge = false
    for point in series.points {
      isTooLarge = isTooLarge || point.value.isFinite && !Float(point.value).isFinite
      try file.write(
        Event.scalar(tag, step: point.step, time: run.time(of: point), value: point.value))
    }
    if isTooLarge {
      notes.add(
        "\(printable(run.name)): values of \"\(printable(series.name))\" above 3.4e38 are infinite in "
          + "event files, which have 32 bits for a value")
    }
  }

  private static let factsTag = "_run_"

  /// The tag of a metric: its name, or with one more `_` in front where it would be taken for one of the
  /// tags that mean something else, or has none.
  static func tag(for metric: String) -> String {
    let rest = metric.drop { $0 == "_" }
    let isReserved = rest.isEmpty || rest.count < metric.count && isMeaningful(rest)
    return isReserved ? "_" + metric : metric
  }

  private static func isMeaningful(_ rest: Substring) -> Bool {
    rest.hasPrefix("hparams_/") || rest == "run_"
  }
}
