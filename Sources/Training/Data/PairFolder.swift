import Audio
import Foundation
import RunContract

/// The two files of a pair, by their paths.
public struct PairFiles: Sendable, Equatable {
  /// The pair's name within the dataset: `train/pair_0003`.
  public let name: String
  /// The input's path.
  public let input: String
  /// The target's path.
  public let target: String
}

/// A dataset's folder as `train dataset make` leaves it.
public struct PairFolder: Sendable {
  /// The folder.
  public let path: String
  /// The pairs to train on, sorted by name.
  public let train: [PairFiles]
  /// The pairs to validate on; may be empty.
  public let validation: [PairFiles]
  /// SHA-256 of the dataset's manifest, which holds the hashes of its clips; `nil` where there is none.
  public let manifestDigest: String?

  /// Looks a folder through.
  /// - Throws: ``TrainFailure`` (bad data) where it holds no training pairs or half of one.
  public init(_ path: String) throws {
    self.path = path
    train = try Self.pairs(of: .train, in: path)
    validation = try Self.pairs(of: .validation, in: path)
    manifestDigest = try? sha256Hex(
      ofFileAt: (path as NSString).appendingPathComponent(manifestName))
    guard !train.isEmpty else {
      throw TrainFailure(
        .badData,
        "no pairs train/pair_*_input.wav in \(printable(path)); make them with `train dataset make "
          + "--audio DIR --out \(printable(path))`")
    }
  }

  /// The pairs of one part of a folder, sorted by name; none where there are none.
  /// - Throws: ``TrainFailure`` (bad data) where one half of a pair is missing.
  static func pairs(of part: DatasetPart, in folder: String) throws -> [PairFiles] {
    let directory = (folder as NSString).appendingPathComponent(part.rawValue)
    let names: Set<String>
    do { names = Set(try namesInFolder(directory)) } catch {
      throw TrainFailure(.badData, printable("\(error)"))
    }
    let stems = names.compactMap { name in
      PairRole.allCases.lazy.compactMap { stem(of: name, $0) }.first
    }
    return try Set(stems).sorted().map { stem in
      for role in PairRole.allCases where !names.contains("\(stem)_\(role.rawValue).wav") {
        throw TrainFailure(
          .badData, "\(directory)/\(stem)_\(role.rawValue).wav is missing: half of a pair is there")
      }
      return PairFiles(
        name: "\(part.rawValue)/\(stem)", input: "\(directory)/\(stem)_input.wav",
        target: "\(directory)/\(stem)_target.wav")
    }
  }
}

private func stem(of name: String, _ role: PairRole) -> String? {
  let ending = "_\(role.rawValue).wav"
  guard name.hasPrefix("pair_"), name.hasSuffix(ending) else { return nil }
  return String(name.dropLast(ending.count))
}
