/// Where each rank's part lies within a buffer, in bytes, as MPI's functions for parts of different
/// lengths want it.
struct Places {
  /// Bytes of each rank's part.
  var counts: [Int32] = []
  /// Where each part begins.
  var offsets: [Int32] = []

  /// A row of `count` values for each rank.
  init<Value>(rowsOf count: Int, ranks: Int, of _: Value.Type) {
    let width = count * MemoryLayout<Value>.stride
    counts = Array(repeating: Int32(width), count: ranks)
    offsets = (0..<ranks).map { Int32($0 * width) }
  }

  /// `count` values split into slices that differ by one value at most.
  init<Value>(slicing count: Int, ranks: Int, of _: Value.Type) {
    let ends = (0...ranks).map { count * $0 / ranks * MemoryLayout<Value>.stride }
    counts = zip(ends.dropFirst(), ends).map { Int32($0 - $1) }
    offsets = ends.dropLast().map { Int32($0) }
  }
}
