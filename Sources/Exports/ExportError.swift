import RunContract

/// Runs that cannot be exported as asked.
public struct ExportError: Error, CustomStringConvertible, Sendable {
  /// "--output: results is not empty; …".
  public let description: String

  init(_ description: String) { self.description = description }
}

/// The number as Python, pandas and R read it: `nan`, `inf`, `-inf`, or the shortest digits.
func plainNumber(_ value: Double) -> String {
  if value.isFinite {
    // Times are of this size and there are millions; the general way takes a microsecond for one.
    guard (1e9..<1e15).contains(value) else { return canonicalNumber(value) }
    let digits = "\(value)"
    return digits.hasSuffix(".0") ? String(digits.dropLast(2)) : digits
  }
  return value.isNaN ? "nan" : value > 0 ? "inf" : "-inf"
}
