import Foundation
import RunContract
import TestSupport

/// A config and pairs of clips in a scratch folder, small enough for many runs.
struct SmallTraining {
  let scratch: Scratch
  /// The config, as YAML and JSON.
  let parameters: String

  init(in scratch: Scratch? = nil, epochs: Int = 3) async throws {
    let scratch = try scratch ?? Scratch()
    self.scratch = scratch
    parameters = """
      {"batch_size": 4, "data": "\(scratch("data"))", "depth": 2, "epochs": \(epochs), \
      "segments": 40, "seed": 5, "skip_norm": "none", "width": 8}
      """
    for (index, pitch) in [220.0, 277.2, 329.6].enumerated() {
      try writeTune(pitch: pitch, to: scratch("music/track\(index).wav"))
    }
    let made = try await run(
      product("train"),
      [
        "dataset", "make", "--audio", "music", "--out", "data", "--duration", "0.5", "--pairs",
        "11", "--val", "3", "--seed", "3",
      ], in: scratch.path)
    guard made.status == 0 else { throw TestFailure("no data: \(made)") }
    try scratch.write(parameters, to: "config.json")
  }

  /// `train run` as so many ranks, to whatever end.
  func start(_ ranks: Int, _ directory: String, _ options: String...) async throws -> Output {
    try await start(ranks, directory, options)
  }

  /// `train run` as so many ranks, to its end.
  /// - Returns: what was measured at each step.
  func train(
    _ ranks: Int, _ directory: String, _ options: String...
  ) async throws -> [[String: Double]] {
    let output = try await start(ranks, directory, options)
    guard output.status == 0 else { throw TestFailure("\(ranks) ranks: \(output)") }
    return try measured(directory)
  }

  private func start(
    _ ranks: Int, _ directory: String, _ options: [String]
  ) async throws -> Output {
    try await Ranks.run(
      ranks, product("train"),
      ["run", "--config", "config.json", "--run-dir", scratch(directory)] + options,
      in: scratch.path, limit: .seconds(120))
  }

  /// The values of each step, of one counted twice the last, without those of the machine.
  func measured(_ directory: String) throws -> [[String: Double]] {
    let records = (scratch.read("\(directory)/metrics.jsonl") ?? "").split(separator: "\n")
      .compactMap { MetricRecord(line: Data($0.utf8)) }
    var values: [Int: [String: Double]] = [:]
    for record in records { values[record.step] = record.reproducibleValues }
    return values.sorted { $0.key < $1.key }.map(\.value)
  }

  /// The bytes of the final checkpoint's tensors.
  func weights(_ directory: String) throws -> Data {
    let data = try readFile(scratch("\(directory)/checkpoints/final.safetensors"))
    let header = data.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    return data.dropFirst(8 + header)
  }

  /// The clips to train on, relative to the scratch folder.
  func clips() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: scratch("data/train"))
      .filter { $0.hasSuffix(".wav") }.sorted().map { "data/train/\($0)" }
  }

  /// The process that trains into a directory as this rank of mpirun.
  func process(of rank: Int, _ directory: String) throws -> Int32? {
    let names = try FileManager.default.contentsOfDirectory(atPath: "/proc")
    return names.compactMap { Int32($0) }.first { pid in
      func words(_ file: String) -> [Substring] {
        let data = (try? readFile("/proc/\(pid)/\(file)")) ?? Data()
        return String(decoding: data, as: UTF8.self).split(separator: "\0")
      }
      let command = words("cmdline")
      return command.first?.hasSuffix("/train") == true
        && command.contains { $0 == scratch(directory) }
        && words("environ").contains("OMPI_COMM_WORLD_RANK=\(rank)")
    }
  }
}
