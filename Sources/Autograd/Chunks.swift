/// A run of elements or rows cut into nearly equal parts of at most `limit`: always the same ones, for
/// results must not depend on the number of threads.
struct Chunks {
  let count: Int
  private let total: Int

  init(_ total: Int, limit: Int) {
    self.total = total
    count = (total + limit - 1) / limit
  }

  subscript(part: Int) -> Range<Int> { part * total / count..<(part + 1) * total / count }

  /// Rows of layers, of which there are `all` in the batch: some sixteen parts, of 48 to 96 rows where
  /// there are as many, so that a matrix product of a part runs at full speed.
  static func rows(_ total: Int, of all: Int) -> Chunks {
    Chunks(total, limit: max(48, min(96, all / 16)))
  }
  /// Elements of a loop without reuse.
  static func elements(_ total: Int) -> Chunks { Chunks(total, limit: 8192) }
}
