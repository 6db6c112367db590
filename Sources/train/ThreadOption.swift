import ArgumentParser
import Autograd
import Foundation

/// `--threads` of the commands that use a model.
struct ThreadOption: ParsableArguments {
  @Option(help: "Threads; else OMP_NUM_THREADS, else SLURM_CPUS_PER_TASK, else 1.")
  var threads: Int?

  func validate() throws {
    guard (1...1024).contains(threads ?? 1) else {
      throw ValidationError("--threads must be from 1 to 1024")
    }
  }

  /// To be called before any arithmetic.
  func use() {
    ThreadCount.use(
      threads ?? ThreadCount.requested(in: ProcessInfo.processInfo.environment))
  }
}
