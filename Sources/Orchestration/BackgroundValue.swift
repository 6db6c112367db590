/// One value that is made while its caller goes on.
package final class BackgroundValue<Value: Sendable>: Sendable {
  private let work = BackgroundWork<Value>()

  /// Begins to make it.
  package init(_ make: @escaping @Sendable () throws -> Value) { work.start(make) }

  /// The value, once it is made.
  /// - Throws: what making it threw.
  package var value: Value {
    get throws { try work.finish()[0] }
  }
}
