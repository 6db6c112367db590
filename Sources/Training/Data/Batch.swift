import Autograd

/// The prepared pairs of one step.
public struct Batch {
  /// The pairs' names, for messages.
  public let names: [String]
  /// The input of each pair.
  public let inputs: [Source]
  /// The target of each pair.
  public let targets: [Source]

  /// A batch of at least one pair.
  public init(names: [String], inputs: [Source], targets: [Source]) {
    precondition(!inputs.isEmpty && inputs.count == targets.count && names.count == inputs.count)
    self.names = names
    self.inputs = inputs
    self.targets = targets
  }

  /// The pairs' files, read and prepared.
  init(_ pairs: [TrainingPair], from store: SourceStore) throws {
    try self.init(
      names: pairs.map(\.name), inputs: pairs.map { try store.source($0.input) },
      targets: pairs.map { try store.source($0.target) })
  }

  /// The features of both sources side by side: (clips × groups) × (input's bands, target's bands).
  func features(pool: BufferPool) -> Tensor {
    let groups = inputs[0].features.rows
    let result = Tensor(rows: inputs.count * groups, columns: 2 * melBands, pool: pool)
    for clip in inputs.indices {
      for group in 0..<groups {
        let row = result.values + (clip * groups + group) * 2 * melBands
        row.update(from: inputs[clip].features.values + group * melBands, count: melBands)
        (row + melBands).update(
          from: targets[clip].features.values + group * melBands, count: melBands)
      }
    }
    return result
  }
}
