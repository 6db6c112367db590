/// The indices of an array's tasks as Slurm writes them: `3`, `0-9:2%4`, `1,5-7`.
struct ArrayIndices: Equatable {
  private struct Run: Equatable {
    var first: Int
    var last: Int
    var step = 1

    init(first: Int, last: Int) {
      self.first = first
      self.last = last
    }

    /// Reads `3`, `0-9` or `0-9:2`.
    init?(_ text: some StringProtocol) {
      let numbers = text.split(whereSeparator: { $0 == "-" || $0 == ":" }).map { Int($0) }
      guard (1...3).contains(numbers.count), let first = numbers[0], first >= 0 else { return nil }
      self.init(first: first, last: first)
      if numbers.count > 1 {
        guard let last = numbers[1] else { return nil }
        self.last = last
      }
      if numbers.count > 2 {
        guard let step = numbers[2], step > 0 else { return nil }
        self.step = step
      }
    }

    func contains(_ index: Int) -> Bool {
      index >= first && index <= last && (index - first) % step == 0
    }
  }

  private var runs: [Run] = []

  /// Whether the task is among them.
  func contains(_ index: Int) -> Bool {
    runs.contains { $0.contains(index) }
  }

  /// The most tasks of an array that Slurm allows.
  static let most = 4_000_000

  /// Every index.
  var all: [Int] {
    runs.flatMap { run in
      run.first > Self.most || run.last > Self.most
        ? [] : Array(stride(from: run.first, through: run.last, by: run.step))
    }
  }

  /// Reads squeue's list; `nil` for what is none, as `N/A`.
  init?(_ text: some StringProtocol) {
    // After `%` stands how many may run at once.
    let list = text.prefix { $0 != "%" }
    for part in list.split(separator: ",", omittingEmptySubsequences: false) {
      guard let run = Run(part) else { return nil }
      runs.append(run)
    }
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
