/// The indices of an array's tasks as Slurm writes them: `3`, `0-9:2%4`, `1,5-7`.
struct ArrayIndices: Equatable {
  private struct Run: Equatable {
    var first: Int
    var last: Int
    var step = 1

    func contains(_ index: Int) -> Bool {
      index >= first && index <= last && (index - first) % step == 0
    }
  }

  private var runs: [Run] = []

  /// Whether the task is among them.
  func contains(_ index: Int) -> Bool {
    runs.contains { $0.contains(index) }
  }

  /// The only index, where there is but one.
  var single: Int? {
    guard runs.count == 1, runs[0].first == runs[0].last else { return nil }
    return runs[0].first
  }

  /// Reads squeue's list; `nil` for what is none, as `N/A`.
  init?(_ text: some StringProtocol) {
    // After `%` stands how many may run at once.
    let list = text.prefix { $0 != "%" }
    for part in list.split(separator: ",") {
      guard let match = String(part).wholeMatch(of: /(\d+)(?:-(\d+)(?::(\d+))?)?/),
        let first = Int(match.1), let last = match.2.map({ Int($0) }) ?? first,
        let step = match.3.map({ Int($0) }) ?? 1, step > 0
      else { return nil }
      runs.append(Run(first: first, last: last, step: step))
    }
    if runs.isEmpty { return nil }
  }

  /// Writes indices as Slurm reads them, neighbours drawn together: `[1,5-7]`.
  static func list(_ indices: some Sequence<Int>) -> String {
    var runs: [Run] = []
    for index in Set(indices).sorted() {
      if let last = runs.indices.last, runs[last].last + 1 == index {
        runs[last].last = index
      } else {
        runs.append(Run(first: index, last: index))
      }
    }
    let parts = runs.map { $0.first == $0.last ? "\($0.first)" : "\($0.first)-\($0.last)" }
    return "[\(parts.joined(separator: ","))]"
  }
}
