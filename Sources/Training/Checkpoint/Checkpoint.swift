import Autograd
import Foundation
import RunContract

/// A model with everything that is needed to use it or to go on training it.
///
/// As a file: safetensors with the parameters under their own names, AdamW's moments under
/// `optimiser.first.` and `optimiser.second.`, the clipping's memory, and as metadata the config, the
/// ``TrainingState`` and the ``ExecutionRecord`` as JSON.
public struct Checkpoint: Equatable, Sendable {
  /// A parameter's content.
  public struct Parameter: Equatable, Sendable {
    /// Its shape, outermost first.
    public let shape: [Int]
    /// Its elements.
    public let values: [Float]

    /// A parameter.
    public init(shape: [Int], values: [Float]) {
      self.shape = shape
      self.values = values
    }
  }

  /// The config that is trained, complete.
  public var config: Config
  /// Samples of a clip in the data it was trained on.
  public var sampleCount: Int
  /// The parameters by name.
  public var parameters: [String: Parameter]
  /// AdamW's running means of the gradient and of its square, by parameter.
  package var moments: [[String: Parameter]]
  /// How far training has come.
  package var state: TrainingState
  /// What its bits depend on.
  package var record: ExecutionRecord
  /// SHA-256 of the dataset's manifest; `nil` where the data have none.
  package var dataDigest: String?

  /// A checkpoint of these parts.
  package init(
    config: Config, sampleCount: Int, parameters: [String: Parameter],
    moments: [[String: Parameter]], state: TrainingState, record: ExecutionRecord,
    dataDigest: String?
  ) {
    self.config = config
    self.sampleCount = sampleCount
    self.parameters = parameters
    self.moments = moments
    self.state = state
    self.record = record
    self.dataDigest = dataDigest
  }

  static let formatName = "orchestrate-train 1"
}

extension Checkpoint {
  /// Reads a checkpoint.
  /// - Throws: ``TrainFailure`` (bad data) that names the file where it is missing, torn, changed or
  ///   not one of ours.
  public static func read(_ path: String) throws -> Checkpoint {
    try Checkpoint(bytes(path), path: path)
  }

  /// A checkpoint's bytes, unchecked.
  static func bytes(_ path: String) throws -> Data {
    do { return try readFile(path) } catch { throw TrainFailure(.badData, "\(error)") }
  }

  /// Reads a checkpoint's bytes; `path` is for messages.
  package init(_ data: Data, path: String) throws {
    func refuse(_ reason: String) -> TrainFailure {
      TrainFailure(.badData, "cannot use the checkpoint \(printable(path)): \(reason)")
    }
    let file: SafetensorsFile
    do { file = try SafetensorsFile(data) } catch { throw refuse("\(error)") }
    guard file.metadata["checkpoint"] == Self.formatName, file.isSealed else {
      throw refuse(
        "it was not written by this version of `train run` (metadata \"checkpoint\" is "
          + "\(file.metadata["checkpoint"].map { "\"\(printable($0))\"" } ?? "missing"))")
    }
    func json(_ key: String) -> JSONValue? {
      file.metadata[key].flatMap { try? JSONValue(parsing: $0) }
    }
    guard let text = file.metadata["config"], let config = try? Config(json: Data(text.utf8)),
      let memory = file["clipping.memory"]?.doubles,
      let state = json("state").flatMap({ TrainingState($0, clippingMemory: memory) }),
      let record = json("execution").flatMap(ExecutionRecord.init),
      let sampleCount = file.metadata["sample_count"].flatMap({ Int($0) }), sampleCount > 0
    else { throw refuse("its metadata are not whole") }
    self.config = config
    self.state = state
    self.record = record
    self.sampleCount = sampleCount
    dataDigest = file.metadata["data_manifest_sha256"]
    moments = [[:], [:]]
    parameters = [:]
    for (name, entry) in file.entries {
      guard let values = entry.floats else { continue }
      let content = Parameter(shape: entry.shape, values: values)
      if let place = Self.momentPrefixes.firstIndex(where: name.hasPrefix) {
        moments[place][String(name.dropFirst(Self.momentPrefixes[place].count))] = content
      } else {
        parameters[name] = content
      }
    }
    guard moments.allSatisfy({ $0.mapValues(\.shape) == parameters.mapValues(\.shape) }) else {
      throw refuse("its optimiser's tensors do not fit its parameters")
    }
  }

  /// The file's bytes.
  package var data: Data {
    var file = SafetensorsFile()
    file.metadata = [
      "checkpoint": Self.formatName, "config": config.canonicalJSON,
      "state": state.json.canonical, "execution": record.json.canonical,
      "sample_count": "\(sampleCount)",
    ]
    file.metadata["data_manifest_sha256"] = dataDigest
    for (prefix, tensors) in zip([""] + Self.momentPrefixes, [parameters] + moments) {
      for (name, parameter) in tensors.sorted(by: { $0.key < $1.key }) {
        let entry = parameter.values.withUnsafeBufferPointer {
          SafetensorsFile.Entry.floats(parameter.shape, $0)
        }
        file.entries.append((prefix + name, entry))
      }
    }
    file.entries.append(("clipping.memory", .doubles(state.clippingMemory)))
    return file.data
  }

  private static let momentPrefixes = ["optimiser.first.", "optimiser.second."]
}

extension Checkpoint {
  /// Copies the parameters into a network's store.
  /// - Throws: ``TrainFailure`` (bad data) where names or shapes differ.
  public func restore(_ store: ParameterStore, path: String) throws {
    try copy(parameters, into: store.values, of: store, path)
  }

  /// Copies AdamW's moments.
  package func restoreMoments(_ optimiser: AdamW, of store: ParameterStore, path: String) throws {
    try copy(moments[0], into: optimiser.firstMoment, of: store, path)
    try copy(moments[1], into: optimiser.secondMoment, of: store, path)
  }

  private func copy(
    _ tensors: [String: Parameter], into target: UnsafeMutablePointer<Float>,
    of store: ParameterStore, _ path: String
  ) throws {
    for slot in store.slots {
      guard let parameter = tensors[slot.name], parameter.shape == slot.shape else {
        throw TrainFailure(
          .badData,
          "cannot use the checkpoint \(printable(path)): its \(slot.name) does not fit the network")
      }
      parameter.values.withUnsafeBufferPointer { source in
        guard let base = source.baseAddress else { return }
        (target + slot.offset).update(from: base, count: slot.count)
      }
    }
    guard tensors.count == store.slots.count else {
      throw TrainFailure(
        .badData,
        "cannot use the checkpoint \(printable(path)): it has parameters that the network has not")
    }
  }

  /// A store's content by name, from its values or from memory of the same layout.
  package static func tensors(
    _ store: ParameterStore, _ memory: UnsafePointer<Float>
  ) -> [String: Parameter] {
    Dictionary(
      uniqueKeysWithValues: store.slots.map { slot in
        let values = Array(UnsafeBufferPointer(start: memory + slot.offset, count: slot.count))
        return (slot.name, Parameter(shape: slot.shape, values: values))
      })
  }
}
