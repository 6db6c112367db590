import RunContract

/// What is done by itself about a run that ended before its work was done: the `retry` of a job file.
///
/// A trainer that asks to be run again (``TrainerExit/runAgain``) is, with or without a policy; only
/// ``maxRequeues`` bounds it. Everything else happens where the file says so.
public struct RetryPolicy: Hashable, Sendable {
  /// How often a run may go on at most, requeues and continuations taken together.
  public var maxRequeues: Int
  /// What memory is multiplied by for a run that ran out of it; `nil` for never again.
  public var outOfMemory: Double?
  /// Whether a run that reached its time limit goes on from its last checkpoint.
  public var timeout: Bool
  /// Whether a run whose node failed is run again.
  public var nodeFailure: Bool
  /// Whether a run that failed by itself is run again.
  public var failed: Bool

  /// A policy; without arguments that of a job file which has no `retry`.
  public init(
    maxRequeues: Int = 10, outOfMemory: Double? = nil, timeout: Bool = false,
    nodeFailure: Bool = false, failed: Bool = false
  ) {
    self.maxRequeues = maxRequeues
    self.outOfMemory = outOfMemory
    self.timeout = timeout
    self.nodeFailure = nodeFailure
    self.failed = failed
  }

  /// The policy as the registry keeps it; its canonical text is the same for the same policy.
  public var json: JSONValue {
    [
      "failed": .bool(failed), "max_requeues": JSONValue(maxRequeues),
      "node_failure": .bool(nodeFailure), "out_of_memory": JSONValue(outOfMemory),
      "timeout": .bool(timeout),
    ]
  }

  /// Reads ``json``; what is left out is as it is without a policy.
  /// - Returns: `nil` where a value is not one that a job file could have set.
  public init?(json: JSONValue) {
    guard let members = json.object else { return nil }
    self.init()
    for (name, value) in members {
      switch (name, value) {
      case ("failed", .bool(let answer)): failed = answer
      case ("node_failure", .bool(let answer)): nodeFailure = answer
      case ("timeout", .bool(let answer)): timeout = answer
      case ("out_of_memory", .null): outOfMemory = nil
      case ("out_of_memory", .number(let factor)) where Self.isMemoryFactor(factor):
        outOfMemory = factor
      case ("max_requeues", .number(let number)):
        guard let count = Int(exactly: number), Self.requeueCounts.contains(count) else {
          return nil
        }
        maxRequeues = count
      default: return nil
      }
    }
  }

  /// What ``maxRequeues`` may be.
  static let requeueCounts = 0...1000

  /// What memory may be multiplied by.
  static func isMemoryFactor(_ factor: Double) -> Bool { factor > 1 && factor <= 16 }
}
