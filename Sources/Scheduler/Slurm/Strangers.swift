/// Live jobs under names that look like our tokens and that nobody asked for.
struct Strangers {
  private let asked: [String: Set<Int?>]

  init(besides jobs: [JobReference]) {
    var asked: [String: Set<Int?>] = [:]
    for job in jobs { asked[job.token, default: []].insert(job.arrayIndex) }
    self.asked = asked
  }

  /// One observation for each task. Tasks that wait for their first start stand together in one row,
  /// and in one observation without an index where none of them was asked for.
  func among(_ rows: [SlurmRow]) -> [JobObservation] {
    rows.filter { $0.isLive && Self.isToken($0.token) }.flatMap { row -> [JobObservation] in
      let known = asked[row.token, default: []]
      // Who asks for a whole array asks for every task.
      if known.contains(nil) { return [] }
      guard case .some(let indices) = row.tasks else { return [row.observation(of: nil)] }
      if indices.single == nil, (row.restarts ?? 0) == 0 {
        return known.contains { $0.map(indices.contains) ?? false }
          ? [] : [row.observation(of: nil)]
      }
      return indices.all.filter { !known.contains($0) }.map { row.observation(of: $0) }
    }
  }

  /// Whether a name is an experiment, a dot and twelve lower-case letters and digits.
  static func isToken(_ name: some StringProtocol) -> Bool {
    let bytes = name.utf8
    guard bytes.count > 13 else { return false }
    let tail = bytes.suffix(13)
    return tail.first == 0x2E
      && tail.dropFirst().allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) }
  }
}
