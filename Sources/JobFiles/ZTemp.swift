import RunContract
public struct RetryPolicy: Hashable, Sendable {
  public var maxRequeues = 10
  public var outOfMemory: Double?
  public var timeout = false
  public var nodeFailure = false
  public var failed = false
  public init() {}
  public var json: JSONValue { .null }
  public init?(json: JSONValue) { self.init() }
}
extension JobFile { public var retry: RetryPolicy { RetryPolicy() } }
extension Resources { public func signalSeconds(isTrain: Bool) -> Int? { nil } }
public func scaledMemory(_ text: String, by factor: Double) -> String? { text }
