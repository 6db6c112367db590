import CMPI

extension MPICommunicator {
  /// Bytes received up to which each rank is sent everything: one exchange takes less than two.
  private static let smallest = 16 << 10
  /// Bytes received in one exchange at most, so that the memory for them stays small and MPI's counts
  /// stay within Int32.
  private static let largest = 64 << 20

  /// Replaces each value by its sum over the ranks, added as ((rank 0 + rank 1) + rank 2) + ….
  ///
  /// `MPI_Allreduce` may choose another order for another number of values, of ranks or of nodes. Here
  /// each rank adds up one slice, which it receives from all, and sends the sums to all. Few values
  /// are added up by every rank: the same additions, so the same bits.
  func rankOrderSum<Value: FloatingPoint>(_ values: UnsafeMutablePointer<Value>, count: Int) {
    let width = MemoryLayout<Value>.stride
    for part in parts(of: count, atMost: Self.largest / width) {
      let start = values + part.lowerBound
      if part.count * width * size <= Self.smallest {
        sumWhole(start, count: part.count)
      } else {
        sumSlices(start, count: part.count)
      }
    }
  }

  private func sumWhole<Value: FloatingPoint>(_ values: UnsafeMutablePointer<Value>, count: Int) {
    let all = scratch(size * count, of: Value.self)
    gather(values, into: all, Places(rowsOf: count, ranks: size, of: Value.self))
    add(rows: all, ofCount: count, to: values)
  }

  private func sumSlices<Value: FloatingPoint>(_ values: UnsafeMutablePointer<Value>, count: Int) {
    let slices = Places(slicing: count, ranks: size, of: Value.self)
    let own = Int(slices.counts[rank]) / MemoryLayout<Value>.stride
    let rows = Places(rowsOf: own, ranks: size, of: Value.self)
    let received = scratch((size + 1) * own, of: Value.self)
    let sums = received + size * own
    check(
      "MPI_Alltoallv",
      library.exchange(values, slices.counts, slices.offsets, received, rows.counts, rows.offsets))
    add(rows: received, ofCount: own, to: sums)
    gather(sums, into: values, slices)
  }

  /// This rank's part of `places` is sent to all ranks, and theirs are received.
  func gather<Value>(
    _ own: UnsafePointer<Value>, into all: UnsafeMutablePointer<Value>, _ places: Places
  ) {
    check(
      "MPI_Allgatherv",
      library.gather(own, places.counts[rank], all, places.counts, places.offsets))
  }

  private func add<Value: FloatingPoint>(
    rows: UnsafePointer<Value>, ofCount count: Int, to sums: UnsafeMutablePointer<Value>
  ) {
    sums.update(from: rows, count: count)
    for row in 1..<size {
      let values = rows + row * count
      for index in 0..<count { sums[index] += values[index] }
    }
  }
}
