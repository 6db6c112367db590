import Foundation
import RunContract

/// What `manifest.json` holds: the request, the sources, and every file with its SHA-256.
enum DatasetManifest {
  /// The part that names the dataset: equal requests over equal sources make equal datasets.
  static func identity(_ request: DatasetRequest, _ survey: Survey) -> JSONValue {
    .object([
      "format": 1, "generator": "xoshiro256**",
      "sample_rate": .number(Double(datasetSampleRate)), "sample_format": "float",
      "duration": .number(request.duration), "seed": .number(Double(request.seed)),
      "pairs": .number(Double(request.pairs)), "val": .number(Double(request.validation)),
      "silence_rms": .number(silenceLevel),
      "sources": .array(
        survey.tracks.map {
          .object([
            "file": .string($0.name), "sha256": .string($0.sha256),
            "clips": .number(Double($0.clips.count)),
            "silent_clips": .number(Double($0.silent)),
          ])
        }),
    ])
  }

  /// One side of a pair.
  static func entry(file: String, sha256: String, source: String, offset: Double) -> JSONValue {
    .object([
      "file": .string(file), "sha256": .string(sha256), "source": .string(source),
      "offset_seconds": .number(offset),
    ])
  }

  /// The whole manifest.
  static func text(
    identity: JSONValue, plan: PairPlan, files: [JSONValue], unusable: [AudioError]
  ) -> String {
    JSONValue.object([
      "dataset": identity, "files": .array(files),
      "validation_is_separate": .bool(plan.validationIsSeparate),
      "unusable": .array(
        unusable.map { .object(["file": .string($0.path), "reason": .string($0.reason)]) }),
    ]).canonical + "\n"
  }

  /// Whether a folder holds just this dataset, every file with its right content.
  static func matches(_ folder: String, identity: JSONValue) -> Bool {
    let path = (folder as NSString).appendingPathComponent(manifestName)
    guard let data = try? readFile(path), let manifest = try? JSONValue(parsing: data),
      manifest["dataset"] == identity, let files = manifest["files"]?.array
    else { return false }
    return files.allSatisfy { entry in
      guard let name = entry["file"]?.string, let expected = entry["sha256"]?.string else {
        return false
      }
      let path = (folder as NSString).appendingPathComponent(name)
      return (try? sha256Hex(ofFileAt: path)) == expected
    }
  }
}
