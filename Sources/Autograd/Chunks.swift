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

  /// Rows: few enough that a part's operands stay in the second-level cache, enough for a matrix
  /// product to run at full speed.
  static func rows(_ total: Int) -> Chunks { Chunks(total, limit: 48) }
  /// Elements of a loop without reuse.
  static func elements(_ total: Int) -> Chunks { Chunks(total, limit: 8192) }
}
