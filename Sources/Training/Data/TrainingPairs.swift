import RunContract

/// One clip of a dataset, or silence in its place.
public enum Clip: Hashable, Sendable {
  case file(String)
  case silence

  /// What messages call it: the file's path, or "silence".
  var name: String {
    switch self {
    case .file(let path): path
    case .silence: "silence"
    }
  }
}

/// An input and the target it is mixed with.
public struct TrainingPair: Hashable, Sendable {
  /// The name of the input's pair in the dataset.
  public let name: String
  /// The input.
  public let input: Clip
  /// The target.
  public let target: Clip

  /// A pair of the dataset.
  init(_ files: PairFiles) { self.init(name: files.name, .file(files.input), .file(files.target)) }

  init(name: String, _ input: Clip, _ target: Clip) {
    self.name = name
    self.input = input
    self.target = target
  }
}

/// The order and the pairs of one epoch, and the generators as they are after it.
struct EpochPlan {
  let pairs: [TrainingPair]
  let order: SeededGenerator
  let targets: SeededGenerator

  /// Draws an epoch. Where targets are shuffled an input may keep its own by chance; the stress
  /// conditions replace the targets of the first pairs by name, silence first, copies after them.
  init(_ files: [PairFiles], _ settings: TrainSettings, _ state: TrainingState) {
    var (order, targets) = (state.order, state.targets)
    let places = settings.shuffleTargets ? targets.permutation(files.count) : Array(files.indices)
    let silent = share(settings.silentTargets, of: files.count)
    let copied = min(files.count, silent + share(settings.copiedTargets, of: files.count))
    let drawn = files.indices.map { index in
      let pair = files[index]
      let target: Clip =
        index < silent
        ? .silence : .file(index < copied ? pair.input : files[places[index]].target)
      return TrainingPair(name: pair.name, .file(pair.input), target)
    }
    pairs = order.permutation(files.count).map { drawn[$0] }
    self.order = order
    self.targets = targets
  }
}

private func share(_ fraction: Double, of count: Int) -> Int {
  Int((fraction * Double(count)).rounded())
}
