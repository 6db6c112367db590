import ArgumentParser
import Exports
import Orchestration
import Registry
import RunContract
import Terminal

struct ExportCommand: PerformedCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write runs and their metrics for other programs.",
    discussion: """
      EXAMPLES
        orchestrate export penalty-sweep --format csv --output sweep
        orchestrate export penalty-sweep --format tensorboard --output tb
        orchestrate export --experiment demo --format mlflow --output mlruns
        orchestrate export demo-1 demo-2 --format json --output runs.json

      csv: a folder with runs.csv and metrics.csv. json: one file. tensorboard: a
      folder of event files. mlflow: a file store, which MLflow 3 takes over with
      `mlflow migrate-filestore`. Nothing is overwritten but, with --force, an
      earlier export.
      """)

  @OptionGroup var choice: RunChoice

  @Option(help: "csv, json, tensorboard or mlflow.")
  var format: ExportFormat

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("The folder, or for json the file, that is made.", valueName: "path"))
  var output: String

  @Flag(help: "Replace an earlier export of the same format.")
  var force = false

  @Flag(help: "What was written, as JSON on standard output.")
  var json = false

  @OptionGroup var options: GlobalOptions

  func perform() async throws {
    let workshop = try Workshop(options)
    let runs = try await choice.runs(workshop, options)
    let names = Set(runs.flatMap { $0.config.parameters.keys }).sorted()
    let export = try Export(
      format, to: absolute(output), parameterNames: names, replacing: force)
    for run in runs {
      try export.add(ExportedRun(run, try workshop.registry.allMetrics(run: run.id)))
    }
    let summary = try export.finish()
    for note in summary.notes { options.say("note: \(note)") }
    let damaged = runs.filter { $0.damagedLines > 0 }
    if !damaged.isEmpty {
      let lines = damaged.reduce(0) { $0 + $1.damagedLines }
      options.warn([
        "\(lines) damaged lines of metrics of \(damaged.count) runs were never taken in"
      ])
    }
    if json { return Stream.output.line(summary.json.indented) }
    options.say("wrote \(summary.runs) runs with \(summary.values) values to \(summary.path)")
    if let hint = summary.format.hint(path: output) { options.hint(hint) }
  }
}

extension ExportFormat: ExpressibleByArgument {
  /// What opens such an export.
  fileprivate func hint(path: String) -> String? {
    switch self {
    case .csv, .json: nil
    case .tensorboard: "`tensorboard --logdir \(path)`"
    case .mlflow: "`mlflow migrate-filestore --source \(path) --target sqlite:///mlflow.db`"
    }
  }
}

extension ExportSummary {
  fileprivate var json: JSONValue {
    [
      "format": .string(format.rawValue), "path": .string(path), "runs": JSONValue(runs),
      "values": JSONValue(values), "notes": .array(notes.map { .string($0) }),
    ]
  }
}

extension ExportedRun {
  fileprivate init(_ run: RunRecord, _ metrics: [MetricSeries]) {
    self.init(
      name: run.name, experiment: run.experiment, state: run.state.rawValue,
      phase: Phase(run.state), configID: run.configSHA256, parameters: run.config.parameters,
      createdAt: run.createdAt, startedAt: run.startedAt, endedAt: run.endedAt,
      jobID: run.jobID.map { id in run.arrayTask.map { "\(id)_\($0)" } ?? "\(id)" },
      reason: run.shownReason, directory: run.directory,
      series: metrics.map { series in
        ExportedSeries(
          name: series.name,
          points: series.points.map {
            ExportedSeries.Point(step: $0.step, epoch: $0.epoch, time: $0.time, value: $0.value)
          })
      })
  }
}

extension ExportedRun.Phase {
  fileprivate init(_ state: RunState) {
    switch state {
    case .created, .submitting, .unconfirmed, .pending, .requeued: self = .waiting
    case .running: self = .running
    case .completed: self = .finished
    case .cancelled: self = .cancelled
    case .failed, .timedOut, .outOfMemory, .nodeFailed, .diverged, .lost: self = .failed
    }
  }
}
