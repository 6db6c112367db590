import CMPI
import Foundation

/// The ranks of an MPI program.
///
/// A failure of MPI in the midst of training cannot be mended: it is told in one line, and all ranks
/// end.
final class MPICommunicator: Communicator {
  let rank: Int
  let size: Int
  let library: cmpi
  private var room = UnsafeMutableRawBufferPointer.allocate(byteCount: 1, alignment: 64)

  /// Joins the ranks; returns when all of them have.
  /// - Throws: ``CommunicatorError`` where MPI finds other ranks than were started.
  init(_ library: cmpi, ranks: RankCount) throws(CommunicatorError) {
    func check(_ name: String, _ status: Int32) throws(CommunicatorError) {
      guard status == 0 else { throw .failed(name, meaning(of: status, in: library)) }
    }
    var (rank, size): (Int32, Int32) = (0, 0)
    try check("MPI_Init_thread", library.initialise())
    try check("MPI_Comm_rank", library.rank(&rank))
    try check("MPI_Comm_size", library.size(&size))
    guard size == ranks.count else {
      _ = library.finalise()
      throw .start(
        "\(ranks.starter) started \(ranks.count) ranks, but MPI finds \(size): start train by the MPI "
          + "that it was built with (its own mpirun; or srun, with --mpi=pmix for Open MPI and "
          + "--mpi=pmi2 for MPICH)")
    }
    self.library = library
    (self.rank, self.size) = (Int(rank), Int(size))
  }

  deinit { room.deallocate() }

  func sum(_ values: UnsafeMutablePointer<Float>, count: Int) { rankOrderSum(values, count: count) }

  func sum(_ values: [Double]) -> [Double] {
    var result = values
    result.withUnsafeMutableBufferPointer { buffer in
      if let start = buffer.baseAddress { rankOrderSum(start, count: buffer.count) }
    }
    return result
  }

  func maximum(_ value: Int) -> Int { gathered(value).reduce(value, max) }

  func broadcast(_ data: Data) -> Data {
    let count = gathered(data.count)[0]
    var bytes = rank == 0 ? data : Data(count: count)
    bytes.withUnsafeMutableBytes { buffer in
      guard let start = buffer.baseAddress else { return }
      // One call's count is an Int32.
      for part in parts(of: count, atMost: 1 << 30) {
        check("MPI_Bcast", library.broadcast(start + part.lowerBound, Int32(part.count)))
      }
    }
    return bytes
  }

  func abort(_ code: Int32) -> Never {
    library.abort(code)
    _exit(code)
  }

  // What the ranks did together is done, whatever the status.
  func finish() { _ = library.finalise() }

  /// Ends all ranks where MPI's status is not success.
  func check(_ name: String, _ status: Int32) {
    guard status != 0 else { return }
    let error = CommunicatorError.failed(name, meaning(of: status, in: library))
    FileHandle.standardError.write(Data("train: rank \(rank) of \(size): \(error)\n".utf8))
    abort(error.code)
  }

  /// Memory for at least this many values, until the next call.
  func scratch<Value>(_ count: Int, of: Value.Type) -> UnsafeMutablePointer<Value> {
    let needed = count * MemoryLayout<Value>.stride
    if room.count < needed {
      room.deallocate()
      room = .allocate(byteCount: needed, alignment: 64)
    }
    return room.baseAddress.unsafelyUnwrapped.bindMemory(to: Value.self, capacity: count)
  }

  /// Each rank's value.
  private func gathered(_ value: Int) -> [Int] {
    let all = scratch(size, of: Int.self)
    var value = value
    gather(&value, into: all, Places(rowsOf: 1, ranks: size, of: Int.self))
    return (0..<size).map { all[$0] }
  }
}

private func meaning(of status: Int32, in library: cmpi) -> String {
  var text = [CChar](repeating: 0, count: 1024)
  library.explain(status, &text, Int32(text.count))
  let said = text.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } } ?? ""
  return said.isEmpty ? "status \(status)" : said
}

/// Ranges of at most this length that make up the whole.
func parts(of count: Int, atMost length: Int) -> [Range<Int>] {
  stride(from: 0, to: count, by: length).map { $0..<min($0 + length, count) }
}
