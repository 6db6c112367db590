import Foundation

/// The ranks that train one model together, as the trainer sees them.
///
/// Every rank calls the same functions in the same order. Sums are taken in the order of the ranks,
/// so that their bits do not depend on timing, and every rank gets the same bits.
public protocol Communicator: AnyObject {
  /// This process's number, from 0. Rank 0 is the only one that writes files.
  var rank: Int { get }
  /// The number of processes.
  var size: Int { get }
  /// Replaces each of `count` floats by its sum over the ranks.
  func sum(_ values: UnsafeMutablePointer<Float>, count: Int)
  /// The sums of each value over the ranks.
  func sum(_ values: [Double]) -> [Double]
  /// The largest value that any rank gives.
  func maximum(_ value: Int) -> Int
  /// Rank 0's bytes, whatever the others give.
  func broadcast(_ data: Data) -> Data
  /// Ends every rank's process with this code, however far they have come: for what the others cannot be
  /// told any more.
  func abort(_ code: Int32) -> Never
  /// Leaves the ranks, once all of them have come this far; where they do not within half a minute, all
  /// end with code 1. To be called last, and only where all have agreed to leave: a process that exits
  /// without it ends the others at once, with its own exit code.
  func finish()
}

/// One process alone.
public final class SingleRank: Communicator {
  public let rank = 0
  public let size = 1

  /// The only rank.
  public init() {}

  public func sum(_ values: UnsafeMutablePointer<Float>, count: Int) {}
  public func sum(_ values: [Double]) -> [Double] { values }
  public func maximum(_ value: Int) -> Int { value }
  public func broadcast(_ data: Data) -> Data { data }
  public func abort(_ code: Int32) -> Never { exit(code) }
  public func finish() {}
}
