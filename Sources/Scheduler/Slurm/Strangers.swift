/// Jobs under names that look like our tokens and that nobody asked for.
struct Strangers {
  private struct Asked {
    var isWhole = false
    var tasks: Set<Int> = []
  }

  private let asked: [String: Asked]

  init(besides jobs: [JobReference]) {
    var asked: [String: Asked] = [:]
    var rest = jobs[...]
    // Those that follow each other mostly bear the same name.
    while let first = rest.first {
      let group = rest.prefix { $0.token == first.token }
      rest = rest[group.endIndex...]
      var named = asked[first.token] ?? Asked()
      named.tasks.reserveCapacity(named.tasks.count + group.count)
      for job in group {
        if let index = job.arrayIndex { named.tasks.insert(index) } else { named.isWhole = true }
      }
      asked[first.token] = named
    }
    self.asked = asked
  }

  /// One observation for each task. Tasks that wait for their first start stand together in one row,
  /// and in one observation without an index where none of them was asked for.
  func among(_ rows: [SlurmRow]) -> [JobObservation] {
    rows.filter { $0.isLive && Self.isToken($0.token.utf8) }.flatMap(strangers)
  }

  /// Those that were started more than once and have ended.
  func endedAgain(_ rows: [SlurmRow]) -> [JobObservation] {
    rows.filter { !$0.isLive && ($0.restarts ?? 0) > 0 && Self.isToken($0.token.utf8) }
      .flatMap(strangers)
  }

  private func strangers(in row: SlurmRow) -> [JobObservation] {
    let known = asked[row.token] ?? Asked()
    // Who asks for a whole array asks for every task.
    if known.isWhole { return [] }
    switch row.tasks {
    case .whole: return [row.observation(of: nil)]
    case .one(let index): return known.tasks.contains(index) ? [] : [row.observation(of: index)]
    case .some(let indices):
      guard (row.restarts ?? 0) > 0 else {
        let isKnown = known.tasks.contains { indices.contains($0) }
        return isKnown ? [] : [row.observation(of: nil)]
      }
      return indices.all.filter { !known.tasks.contains($0) }.map(row.observation)
    }
  }

  /// Whether a name is an experiment, a dot and twelve lower-case letters and digits.
  static func isToken(_ name: some BidirectionalCollection<UInt8>) -> Bool {
    let tail = name.suffix(13)
    return name.count > 13 && tail.first == 0x2E
      && tail.dropFirst().allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) }
  }
}
