import Audio
import Autograd
import Communicator
import Foundation
import RunContract

/// The checkpoint that a run goes on from.
struct ResumePoint {
  /// Its file.
  let path: String
  /// Its content.
  let checkpoint: Checkpoint
}

extension ResumePoint {
  /// The checkpoint that the options ask for: the named one, or the furthest good one of the run
  /// directory. Rank 0 reads it and hands it to the others, for a shared file system may show them
  /// another state of the folder.
  /// - Returns: `nil` where the run begins anew.
  /// - Throws: ``TrainFailure`` where the named one is damaged, or where checkpoints are there and
  ///   nobody said what is to become of them.
  static func find(
    _ options: RunOptions, _ communicator: any Communicator, warn: (String) -> Void
  ) throws -> ResumePoint? {
    let chosen = try communicator.together { () -> (path: String, data: Data)? in
      guard communicator.rank == 0 else { return nil }
      return try choose(options, warn: warn)
    }
    let path = communicator.broadcast(Data((chosen?.path ?? "").utf8))
    let data = communicator.broadcast(chosen?.data ?? Data())
    guard !path.isEmpty else { return nil }
    let name = String(decoding: path, as: UTF8.self)
    do {
      return ResumePoint(path: name, checkpoint: try Checkpoint(data, path: name))
    } catch {
      // Every rank sees the same bytes; one says what is wrong with them.
      throw communicator.rank == 0 ? error : PeerFailure(code: exitCode(of: error))
    }
  }

  private static func choose(
    _ options: RunOptions, warn: (String) -> Void
  ) throws -> (path: String, data: Data)? {
    if let path = options.resumePath { return (path, try Checkpoint.bytes(path)) }
    let folder = CheckpointFolder(
      (options.runDirectory as NSString).appendingPathComponent(RunFile.checkpoints), keep: 0)
    let candidates = try folder.candidates()
    guard options.resumes else {
      guard candidates.isEmpty else {
        throw TrainFailure(
          .usage,
          "\(folder.path) holds checkpoints: go on from them with --resume, or choose another "
            + "--run-dir")
      }
      return nil
    }
    for path in candidates {
      do {
        let data = try Checkpoint.bytes(path)
        _ = try Checkpoint(data, path: path)
        return (path, data)
      } catch { warn("\(error); looking for an older one") }
    }
    return nil
  }

  /// Takes over parameters and moments.
  /// - Throws: ``TrainFailure`` (bad data) where the checkpoint is of another config or other data.
  func restore(
    _ parameters: ParameterStore, _ optimiser: AdamW, config: Config, sampleCount: Int,
    dataDigest: String?, stepsPerEpoch: Int
  ) throws {
    let (new, old) = (config.parameters, checkpoint.config.parameters)
    // Where the data lies is no part of what they are.
    let changed = Set(new.keys).union(old.keys).filter { $0 != "data" && new[$0] != old[$0] }
    guard changed.isEmpty else {
      let list = changed.sorted().map {
        "\($0) was \(old[$0]?.text ?? "missing"), is \(new[$0]?.text ?? "missing")"
      }
      throw refusal("it is of another config: \(list.joined(separator: "; "))")
    }
    guard checkpoint.sampleCount == sampleCount else {
      throw refusal(
        "it was trained on clips of \(checkpoint.sampleCount) samples, the data have \(sampleCount)"
      )
    }
    guard checkpoint.dataDigest == dataDigest else {
      throw refusal("it was trained on other data: the dataset's \(manifestName) differs")
    }
    guard checkpoint.state.stepsPerEpoch == stepsPerEpoch else {
      throw refusal(
        "it was trained with \(checkpoint.state.stepsPerEpoch) steps an epoch, the data make "
          + "\(stepsPerEpoch)")
    }
    try checkpoint.restore(parameters, path: path)
    try checkpoint.restoreMoments(optimiser, of: parameters, path: path)
    optimiser.step = checkpoint.state.optimiserSteps
  }

  private func refusal(_ reason: String) -> TrainFailure {
    TrainFailure(.badData, "cannot go on from \(printable(path)): \(reason)")
  }
}
