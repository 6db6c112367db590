import Foundation
import Registry
import RunContract

/// Takes new lines of `metrics.jsonl` into the registry.
public struct MetricsIntake: Sendable {
  let registry: Registry

  /// Bytes that are read in one piece; a longer line than this is damaged.
  static let pieceLength = 8 << 20

  /// An intake into a registry.
  public init(_ registry: Registry) { self.registry = registry }

  /// Takes in what one run's file holds beyond the offset that is known. A half-written last line
  /// waits for the next time; a line that is no record is counted.
  /// - Throws: ``FileError`` where the file is there and cannot be read.
  /// - Returns: whether anything new was taken in.
  @discardableResult
  public func takeIn(_ run: RunRecord) throws -> Bool {
    var run = run
    var isNews = false
    // A long file takes several rounds, each from the offset that stands then, until no whole line is
    // left; a read may well give less than there is.
    while let piece = try Self.read(run), !piece.isEmpty {
      let (records, damaged, consumed) = Self.parse(piece)
      if consumed == 0 { break }
      isNews = true
      let isFirst = try registry.takeIn(
        records, damagedLines: damaged, of: run, newOffset: run.metricsOffset + consumed)
      guard isFirst, let next = try registry.runs(.ids([run.id])).first else { break }
      run = next
    }
    return isNews
  }

  /// The next piece of the file; `nil` where there is no file yet.
  private static func read(_ run: RunRecord) throws -> Data? {
    let path = "\(run.directory)/\(RunFile.metrics)"
    guard let handle = FileHandle(forReadingAtPath: path) else { return nil }
    defer { try? handle.close() }
    do {
      try handle.seek(toOffset: UInt64(run.metricsOffset))
      return try handle.read(upToCount: pieceLength)
    } catch { throw FileError("read", path, code: posixCode(of: error)) }
  }

  /// Splits a piece of the file into records.
  /// - Returns: the records, the number of damaged lines, and the bytes up to the last newline.
  static func parse(_ piece: Data) -> (records: [MetricRecord], damaged: Int, consumed: Int) {
    var records: [MetricRecord] = []
    var damaged = 0
    guard let end = piece.lastIndex(of: UInt8(ascii: "\n")) else {
      // A line that fills the whole piece will never be a record; skip it rather than wait for ever.
      return piece.count == pieceLength ? ([], 1, piece.count) : ([], 0, 0)
    }
    for line in piece[piece.startIndex..<end].split(separator: UInt8(ascii: "\n")) {
      if let record = MetricRecord(line: Data(line)) {
        records.append(record)
      } else {
        damaged += 1
      }
    }
    return (records, damaged, end - piece.startIndex + 1)
  }
}
