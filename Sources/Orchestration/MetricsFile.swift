import Foundation
import Registry
import RunContract

/// One run's `metrics.jsonl`, which somebody may be writing.
struct MetricsFile {
  let run: RunRecord
  let path: String

  init(_ run: RunRecord) {
    self.run = run
    path = "\(run.directory)/\(RunFile.metrics)"
  }

  /// Whole lines of the file.
  struct Piece {
    let metrics: MetricPiece
    let length: Int
    /// Whether the file was longer than the piece.
    let hasMore: Bool
  }

  /// The whole lines that follow the offset that is known; `nil` where there are none yet.
  /// - Throws: ``FileError`` where the file is there and cannot be read on.
  func nextPiece(limit: Int) throws -> Piece? {
    // A pipe of this name must not hold everybody up.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      if errno == ENOENT || errno == ENOTDIR { return nil }
      throw FileError("read", path)
    }
    defer { close(descriptor) }
    let size = try sizeOfFile(descriptor)
    guard size >= run.metricsOffset else {
      throw FileError(
        "read on in", path, code: ESTALE,
        reason: "it is shorter (\(size) bytes) than what was taken in already "
          + "(\(run.metricsOffset)); somebody replaced or cut it, so its new lines are not read")
    }
    let length = min(size - run.metricsOffset, limit)
    return length == 0 ? nil : try piece(descriptor, length, limit: limit)
  }

  private func sizeOfFile(_ descriptor: Int32) throws -> Int {
    var facts = stat()
    guard fstat(descriptor, &facts) == 0 else { throw FileError("read", path) }
    let kind = facts.st_mode & S_IFMT
    guard kind == S_IFREG else {
      throw FileError("read", path, code: kind == S_IFDIR ? EISDIR : EINVAL)
    }
    return Int(facts.st_size)
  }

  private func piece(_ descriptor: Int32, _ length: Int, limit: Int) throws -> Piece? {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: length, alignment: 16)
    defer { buffer.deallocate() }
    let count = try read(descriptor, into: buffer)
    var table = MetricTable()
    var consumed = table.append(linesOf: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    if consumed == 0, count == limit {
      // A line that fills the whole piece will never be a record; skip it rather than wait for ever.
      table.countDamaged()
      consumed = count
    }
    if consumed == 0 { return nil }
    let metrics = MetricPiece(run: run, table: table, newOffset: run.metricsOffset + consumed)
    return Piece(metrics: metrics, length: count, hasMore: length == limit)
  }

  /// Reads as much as there is; a read may well give less than was asked for.
  private func read(_ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    guard let base = buffer.baseAddress else { return 0 }
    var count = 0
    while count < buffer.count {
      let step = pread(
        descriptor, base + count, buffer.count - count, off_t(run.metricsOffset + count))
      if step < 0, errno == EINTR { continue }
      guard step >= 0 else { throw FileError("read", path) }
      if step == 0 { break }
      count += step
    }
    return count
  }
}
