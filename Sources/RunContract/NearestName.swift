/// The known name that a mistyped one was most likely meant to be, or `nil` where none is near.
///
/// Near means an edit distance (Damerau's restricted form: insertions, deletions, substitutions and
/// swaps of neighbours) of at most a third of the longer name.
public func nearestName(to name: String, in names: some Sequence<String>) -> String? {
  let candidates = names.map {
    ($0, editDistance(Array(name.lowercased()), Array($0.lowercased())))
  }
  guard let best = candidates.min(by: { ($0.1, $0.0) < ($1.1, $1.0) }) else { return nil }
  return best.1 <= max(1, max(name.count, best.0.count) / 3) ? best.0 : nil
}

/// "; did you mean corr_weight?" or nothing.
public func didYouMean(_ name: String, in names: some Sequence<String>) -> String {
  nearestName(to: name, in: names).map { "; did you mean \($0)?" } ?? ""
}

private func editDistance(_ a: [Character], _ b: [Character]) -> Int {
  var before: [Int] = []
  var row = Array(0...b.count)
  for i in 0..<a.count {
    var next = [i + 1]
    for j in 0..<b.count {
      var cost = min(next[j] + 1, row[j + 1] + 1, row[j] + (a[i] == b[j] ? 0 : 1))
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { cost = min(cost, before[j - 1] + 1) }
      next.append(cost)
    }
    (before, row) = (row, next)
  }
  return row[b.count]
}
