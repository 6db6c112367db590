import RunContract

/// Runs that cannot be exported as asked.
public struct ExportError: Error, CustomStringConvertible, Sendable {
  /// "--output: results is not empty; …".
  public let description: String

  init(_ description: String) { self.description = description }
}

/// The number as Python, pandas and R read it: `nan`, `inf`, `-inf`, or the shortest digits.
func plainNumber(_ value: Double) -> String {
  guard !value.isFinite else { return canonicalNumber(value) }
  return value.isNaN ? "nan" : value > 0 ? "inf" : "-inf"
}
