import Foundation
import Registry
import RunContract

/// Takes new lines of `metrics.jsonl` into the registry.
public struct MetricsIntake: Sendable {
  let registry: Registry

  /// Bytes that are read in one piece, and taken in with one transaction; a longer line than this is
  /// damaged. The registry fills its pages in the order of metrics, so larger pieces are faster; this
  /// much text becomes at most some forty megabytes of numbers.
  static let pieceLength = 8 << 20

  /// An intake into a registry.
  public init(_ registry: Registry) { self.registry = registry }

  /// Takes in what one run's file holds beyond the offset that is known. A half-written last line
  /// of a run that has not ended waits for the next time; a line that is no record is counted.
  /// - Throws: ``FileError`` where the file is there and cannot be read.
  /// - Returns: whether anything new was found.
  @discardableResult
  public func takeIn(_ run: RunRecord) throws -> Bool {
    let round = try takeIn([run])
    if let refusal = round.refusals.first { throw refusal }
    return round.isNews
  }

  /// What came of taking in the files of many runs.
  public struct Round: Sendable {
    /// Whether anything new was found.
    public var isNews = false
    /// Files that are there and could not be read; the others were taken in.
    public var refusals: [FileError] = []
  }

  /// Takes in what the files of these runs hold beyond the offsets that are known, as few transactions
  /// as their size allows.
  /// - Parameter ended: the runs of whose end is known what the records do not say yet.
  public func takeIn(_ runs: [RunRecord], ended: Set<Int64> = []) throws -> Round {
    var round = Round()
    var waiting = runs
    // A long file takes several rounds, each from the offset that stands then.
    while !waiting.isEmpty {
      var unfinished: [Int64] = []
      var batch = Batch(registry)
      for run in waiting {
        do {
          let isOver = !run.state.isActive || ended.contains(run.id)
          let file = MetricsFile(run, isOver: isOver)
          guard let piece = try file.nextPiece(limit: Self.pieceLength) else { continue }
          round.isNews = true
          unfinished += try batch.add(piece)
        } catch let error as FileError { round.refusals.append(error) }
      }
      unfinished += try batch.flush()
      waiting = unfinished.isEmpty ? [] : try registry.runs(.ids(unfinished))
    }
    return round
  }

  /// Pieces that share a transaction.
  private struct Batch {
    private let registry: Registry
    private var pieces: [MetricsFile.Piece] = []
    private var size = 0

    init(_ registry: Registry) { self.registry = registry }

    /// - Returns: as ``flush()`` where the transaction is full now, else nothing.
    mutating func add(_ piece: MetricsFile.Piece) throws -> [Int64] {
      pieces.append(piece)
      size += piece.length
      return size < MetricsIntake.pieceLength ? [] : try flush()
    }

    /// Takes the pieces in.
    /// - Returns: the runs whose files hold more, and those whose file another process has read on meanwhile: it
    ///   may have been killed since, and whoever records an end is to have read all that was said before.
    mutating func flush() throws -> [Int64] {
      defer { (pieces, size) = ([], 0) }
      let isTaken = try registry.takeIn(pieces.map(\.metrics))
      return zip(pieces, isTaken).filter { $0.hasMore || !$1 }.map { $0.0.metrics.run.id }
    }
  }
}
