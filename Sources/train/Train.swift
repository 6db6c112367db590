import ArgumentParser
import Training

/// The root of the program.
@main
struct Train: ParsableCommand {
  /// Signals are held back before anything else is done where there is something to save.
  static func main() {
    if CommandLine.arguments.dropFirst().first == "run" { StopSignal.listen() }
    main(nil)
  }

  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Trains audio mixers with a correlation penalty.",
    discussion: """
      Examples:
        train dataset make --audio music --out data/pairs
        train run --config config.json --run-dir runs/first
        train mix --checkpoint best.safetensors --input a.wav --target b.wav --output mix.wav
        train evaluate --checkpoint best.safetensors --data data/pairs
        train penalties

      Exit codes: 0 finished, 64 bad usage, 65 bad data or config, 74 a file cannot be written, 75 \
      stopped by a signal after a checkpoint (run again to go on), 76 the run belongs to another \
      start, 86 diverged.
      """,
    version: trainVersion,
    subcommands: [
      RunCommand.self, DatasetCommand.self, MixCommand.self, EvaluateCommand.self,
      PenaltiesCommand.self, BenchCommand.self,
    ])
}
