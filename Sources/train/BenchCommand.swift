import ArgumentParser
import Autograd

/// `train bench-sgemm`: hidden, for Benchmarks/.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench-sgemm",
    abstract: "Measures what the matrix products reach on this machine, in GFLOP/s.",
    shouldDisplay: false)

  @Option(help: "Threads.")
  var threads = 1

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    guard (1...1024).contains(threads) else {
      throw ValidationError("--threads must be from 1 to 1024")
    }
  }

  func run() {
    let peak = MatrixLibrary.measuredPeak(threads: threads)
    let rounded = (peak * 10).rounded() / 10
    print(json ? "{\"gflops\":\(rounded),\"threads\":\(threads)}" : "\(rounded) GFLOP/s")
  }
}
