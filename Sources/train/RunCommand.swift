import ArgumentParser
import Communicator
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
        train run --config config.json --run-dir runs/first --resume
        mpirun -n 2 train run --config config.json --run-dir runs/both
        ORCHESTRATE_CONFIG=config.json ORCHESTRATE_RUN_DIR=runs/first train run

      Writes metrics.jsonl (a line a step), provenance.json, checkpoints/ and, under orchestrate, \
      exit.json to the run directory, and a table of the epochs to standard output. TERM and USR1 \
      finish the step, write a checkpoint and exit with 75. The same config, data, binary, \
      instruction set, threads and ranks give the same numbers to the bit, however often the run was \
      stopped on the way; samples_per_second and peak_memory_mb are the machine's.

      Parameters of a config:
      \(parameterHelp)
      """)

  @Option(help: "The config; else ORCHESTRATE_CONFIG.")
  var config: String?

  @Option(help: "The run's directory, made where missing; else ORCHESTRATE_RUN_DIR.")
  var runDir: String?

  @Option(help: "A dataset's folder in place of the config's `data`.")
  var data: String?

  @Option(help: "Threads of a rank; else OMP_NUM_THREADS, else SLURM_CPUS_PER_TASK, else 1.")
  var threads: Int?

  @Option(help: "Megabytes of prepared clips that are kept in memory.")
  var cacheMegabytes = 1024

  @Flag(help: "Go on from the last checkpoint, where there is one; else ORCHESTRATE_RESUME=1.")
  var resume = false

  @Option(help: ArgumentHelp("Go on from this checkpoint.", valueName: "file"))
  var resumeFrom: String?

  @Option(help: ArgumentHelp("Time between two checkpoints.", valueName: "seconds"))
  var checkpointEvery = 15.0

  @Option(help: "Checkpoints kept besides the best and the final one.")
  var keepCheckpoints = 2

  @Flag(help: "Log the norm of each layer's gradient too.")
  var layerNorms = false

  @Option(
    help: ArgumentHelp(
      "Write the first parameters and each step's pairs there.", valueName: "folder"))
  var dump: String?

  func validate() throws {
    guard (0...1_000_000).contains(cacheMegabytes) else {
      throw ValidationError("--cache-megabytes must be from 0 to 1000000")
    }
    guard (0...1e9).contains(checkpointEvery) else {
      throw ValidationError("--checkpoint-every must be from 0 to 1e9 seconds")
    }
    guard (1...1_000_000).contains(keepCheckpoints) else {
      throw ValidationError("--keep-checkpoints must be from 1 to 1000000")
    }
  }

  func run() throws {
    // A reader of the log that has gone away, as `head` does, is no reason to stop training.
    signal(SIGPIPE, SIG_IGN)
    let environment = ProcessInfo.processInfo.environment
    let communicator = try orExit { try makeCommunicator(environment: environment) }
    var options = try orExit {
      try RunOptions(
        config: config, runDirectory: runDir, threads: threads,
        environment: environment)
    }
    options.data = data
    options.cacheBytes = cacheMegabytes << 20
    options.resumes = options.resumes || resume
    options.resumePath = resumeFrom
    options.checkpointSeconds = checkpointEvery
    options.keptCheckpoints = keepCheckpoints
    options.layerNorms = layerNorms
    options.dumpFolder = dump
    let code = runTraining(options, communicator)
    // Not where one rank alone ends, as above: a process that ends without it ends all others.
    communicator.finish()
    throw ExitCode(code)
  }
}

private let parameterHelp = parameterLines().joined(separator: "\n")
