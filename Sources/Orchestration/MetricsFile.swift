import Foundation
import Registry
import RunContract

/// One run's `metrics.jsonl`, which somebody may be writing.
struct MetricsFile {
  let run: RunRecord
  let path: String

  /// Whether the run has ended: a last line that has no newline will get none then.
  let isOver: Bool

  /// Seconds without a change after which a half line of a run that has ended is taken for all there is: a
  /// file server may show the rest late.
  static let stillness = 15.0

  init(_ run: RunRecord, isOver: Bool) {
    self.run = run
    self.isOver = isOver
    path = "\(run.directory)/\(RunFile.metrics)"
  }

  /// Whole lines of the file.
  struct Piece {
    let metrics: MetricPiece
    let length: Int
    /// Whether the file was longer than the piece.
    let hasMore: Bool
  }

  /// The whole lines that follow the offset that is known; `nil` where there are none yet. Of a run that
  /// has ended the rest after the last newline is a line too. Where the run goes on all the same, its trainer
  /// writes a newline first, and an empty line counts for nothing.
  /// - Throws: ``FileError`` where the file is there and cannot be read on.
  func nextPiece(limit: Int) throws -> Piece? {
    // A pipe of this name must not hold everybody up.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      if errno == ENOENT || errno == ENOTDIR { return nil }
      throw FileError("read", path)
    }
    defer { close(descriptor) }
    let facts = try facts(of: descriptor)
    let size = Int(facts.st_size)
    guard size >= run.metricsOffset else {
      throw FileError(
        "read on in", path, code: ESTALE,
        reason: "it is shorter (\(size) bytes) than what was taken in already "
          + "(\(run.metricsOffset)); somebody replaced or cut it, so its new lines are not read")
    }
    let length = min(size - run.metricsOffset, limit)
    return length == 0 ? nil : try piece(descriptor, length, limit: limit, facts)
  }

  private func facts(of descriptor: Int32) throws -> stat {
    var facts = stat()
    guard fstat(descriptor, &facts) == 0 else { throw FileError("read", path) }
    let kind = facts.st_mode & S_IFMT
    guard kind == S_IFREG else {
      throw FileError("read", path, code: kind == S_IFDIR ? EISDIR : EINVAL)
    }
    return facts
  }

  private func piece(
    _ descriptor: Int32, _ length: Int, limit: Int, _ facts: stat
  ) throws -> Piece? {
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
    if isOver, run.metricsOffset + count == Int(facts.st_size) {
      let tail = UnsafeRawBufferPointer(rebasing: buffer[consumed..<count])
      if take(tail, into: &table, lastChange: facts.st_mtim) { consumed = count }
    }
    if consumed == 0 { return nil }
    let metrics = MetricPiece(run: run, table: table, newOffset: run.metricsOffset + consumed)
    return Piece(metrics: metrics, length: count, hasMore: length == limit)
  }

  /// Takes in what follows the last newline where it is a whole record, or counts it as damaged where nothing
  /// more will come.
  private func take(
    _ tail: UnsafeRawBufferPointer, into table: inout MetricTable, lastChange: timespec
  ) -> Bool {
    if tail.isEmpty { return false }
    var alone = MetricTable()
    alone.append(line: tail)
    if alone.damagedLines == 0 {
      table.append(line: tail)
      return true
    }
    let change = Double(lastChange.tv_sec) + Double(lastChange.tv_nsec) * 1e-9
    guard abs(RunFolder(run).fileSystemTime - change) >= Self.stillness else { return false }
    table.countDamaged()
    return true
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
