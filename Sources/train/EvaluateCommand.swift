import ArgumentParser
import Audio
import Training

/// `train evaluate`.
struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measures a trained model on every pair of a dataset.",
    discussion: """
      Examples:
        train evaluate --checkpoint best.safetensors --data data/pairs
        train evaluate --checkpoint best.safetensors --data pairs --part train --json
        train evaluate --checkpoint best.safetensors --data pairs --svg evaluation.svg

      Prints for each pair |c| to input and target, every term of the loss before its factor, the \
      loss, the mean masks and the verdict, and the means over all. On the validation part of its own \
      data the means are those that the run logged as val_... Clips may be of another length than in \
      training; segments of the envelope last as long as there.

      Exit codes: 64 bad usage, 65 the data or the checkpoint cannot be used, 74 a file cannot be \
      written.
      """)

  @Option(help: "The model, as `train run` writes it.")
  var checkpoint: String

  @Option(help: "A folder as `train dataset make` makes it.")
  var data: String

  @Option(help: "The pairs to measure: val or train.")
  var part = DatasetPart.validation

  @Option(help: ArgumentHelp("Draw |c| and masks of all pairs.", valueName: "file"))
  var svg: String?

  @Flag(help: "Print JSON, the numbers in full.")
  var json = false

  @OptionGroup var threads: ThreadOption

  func run() throws {
    threads.use()
    let progress = ProgressLine()
    let request = EvaluationRequest(
      checkpoint: checkpoint, data: data, part: part, figure: svg)
    let report = try orExit { try evaluate(request, note: warn, progress: progress.show) }
    progress.end()
    print(json ? report.json.canonical : report.text)
  }
}

extension DatasetPart: ExpressibleByArgument {}
