import Audio
import Foundation
import RunContract
import TestSupport

extension Scratch {
  func file(_ name: String) -> String { self(name) }

  func write(_ text: String, _ name: String) throws {
    try write(text, to: name)
  }

  /// Writes a config with these parameters beside the small ones that a test can afford.
  func config(_ change: [String: ParameterValue] = [:], _ name: String = "config.json") throws {
    let small: [String: ParameterValue] = [
      "data": .string(file("data")), "epochs": .number(2), "batch_size": .number(2),
      "segments": .number(15), "width": .number(8), "depth": .number(2),
    ]
    try write(
      Config(parameters: small.merging(change) { $1 }).canonicalJSON, name)
  }

  /// Pairs of a quarter of a second whose loudness moves: `train` of them and `validation` of them.
  func makeData(train: Int = 5, validation: Int = 2) throws {
    for (part, count) in [(DatasetPart.train, train), (.validation, validation)] {
      try makeDirectory(file("data/\(part.rawValue)"))
      for number in 0..<count {
        for (index, role) in PairRole.allCases.enumerated() {
          try writeWAV(
            movingTone(number * 2 + index + (part == .train ? 0 : 50)), sampleRate: 24_000,
            to: file("data/" + pairFile(part, number, role)))
        }
      }
    }
  }

  /// The records of a run's metrics.
  func records(_ run: String) throws -> [MetricRecord] {
    try readFile(file(run + "/metrics.jsonl")).split(separator: UInt8(ascii: "\n")).map {
      guard let record = MetricRecord(line: Data($0)) else {
        throw TestError(description: "no record: \(String(decoding: $0, as: UTF8.self))")
      }
      return record
    }
  }
}

struct TestError: Error, CustomStringConvertible {
  let description: String
}

/// A tone with a swell of its own.
func movingTone(_ number: Int, samples: Int = 6000) -> [Float] {
  var generator = SeededGenerator(seed: UInt64(number), stream: "tone")
  let (pitch, speed, phase) = (
    150 + 2000 * generator.uniform(), 5 + 20 * generator.uniform(), 6 * generator.uniform()
  )
  return (0..<samples).map { i in
    let t = Double(i) / 24_000
    let loudness = 0.2 + 0.15 * sin(2 * Double.pi * speed * t + phase)
    return Float(loudness * (sin(2 * Double.pi * pitch * t) + 0.1 * (generator.uniform() - 0.5)))
  }
}

/// The built `train`, which lies beside the test bundle.
struct TrainProgram {
  struct Result {
    let code: Int32
    let output: String
    let errors: String
  }

  private let process = Process()
  private let folder: Scratch

  /// Starts the program with the contract's variables taken out of its environment.
  init(_ arguments: [String], environment: [String: String] = [:]) throws {
    let executable = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    let products = (executable as NSString).deletingLastPathComponent
    folder = try Scratch()
    process.executableURL = URL(fileURLWithPath: products + "/train")
    process.arguments = arguments
    var inherited = ProcessInfo.processInfo.environment.filter {
      !$0.key.hasPrefix("ORCHESTRATE") && !$0.key.hasPrefix("SLURM")
    }
    inherited["OMP_NUM_THREADS"] = "1"
    process.environment = inherited.merging(environment) { $1 }
    for name in ["out", "err"] { try folder.write("", name) }
    process.standardOutput = FileHandle(forWritingAtPath: folder.file("out"))
    process.standardError = FileHandle(forWritingAtPath: folder.file("err"))
    process.standardInput = FileHandle.nullDevice
    try process.run()
  }

  var isRunning: Bool { process.isRunning }

  func terminate() { signal(SIGTERM) }

  func signal(_ number: Int32) {
    if process.isRunning { kill(process.processIdentifier, number) }
  }

  /// Waits for the end, two minutes at most.
  func wait() throws -> Result {
    let limit = Date().addingTimeInterval(120)
    while process.isRunning, Date() < limit { usleep(5000) }
    if process.isRunning {
      kill(process.processIdentifier, SIGKILL)
      throw TestError(description: "train did not end within two minutes")
    }
    process.waitUntilExit()
    let code =
      process.terminationReason == .exit
      ? process.terminationStatus : 128 + process.terminationStatus
    return Result(
      code: code, output: String(decoding: try readFile(folder.file("out")), as: UTF8.self),
      errors: String(decoding: try readFile(folder.file("err")), as: UTF8.self))
  }

  static func run(
    _ arguments: String..., environment: [String: String] = [:]
  ) throws -> Result {
    try TrainProgram(arguments, environment: environment).wait()
  }
}
