import ArgumentParser
import Foundation
import Training

/// `train run`.
struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Trains one config.",
    discussion: """
      Examples:
        train run --config config.json --run-dir runs/first
        train run --config config.json --run-dir runs/b --data pairs --threads 2
        ORCHESTRATE_CONFIG=config.json ORCHESTRATE_RUN_DIR=runs/first train run

      Writes metrics.jsonl (a line a step), provenance.json, checkpoints/final.safetensors and, under \
      orchestrate, exit.json to the run directory, and a table of the epochs to standard output. The \
      same config, data, binary and threads give the same numbers to the bit.

      Parameters of a config:
      \(parameterHelp)
      """)

  @Option(help: "The config; else ORCHESTRATE_CONFIG.")
  var config: String?

  @Option(help: "The run's directory, made where missing; else ORCHESTRATE_RUN_DIR.")
  var runDir: String?

  @Option(help: "A dataset's folder in place of the config's `data`.")
  var data: String?

  @Option(help: "Threads; else OMP_NUM_THREADS, else SLURM_CPUS_PER_TASK, else 1.")
  var threads: Int?

  @Option(help: "Megabytes of prepared clips that are kept in memory.")
  var cacheMegabytes = 1024

  func validate() throws {
    guard (0...1_000_000).contains(cacheMegabytes) else {
      throw ValidationError("--cache-megabytes must be from 0 to 1000000")
    }
  }

  func run() throws {
    let options = try orExit {
      try RunOptions(
        config: config, runDirectory: runDir, data: data, threads: threads,
        cacheBytes: cacheMegabytes << 20, environment: ProcessInfo.processInfo.environment)
    }
    throw ExitCode(runTraining(options))
  }
}

private let parameterHelp = parameterLines().joined(separator: "\n")
