import Foundation
import Testing

/// What `Tools/oracle/statistics_reference.py` made with NumPy, SciPy and statsmodels.
enum Reference {
  static func read<Content: Decodable>(_ name: String, as: Content.Type = Content.self) throws
    -> Content
  {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    let data = try Data(contentsOf: folder.appendingPathComponent("Reference/\(name).json"))
    return try JSONDecoder().decode(Content.self, from: data)
  }

  /// The samples by name.
  static func samples() throws -> Samples { try read("samples") }

  struct Samples: Decodable {
    let samples: [String: [Double]]

    subscript(_ name: String) -> [Double] {
      get throws { try #require(samples[name]) }
    }
  }
}

/// Whether two numbers are the same but for rounding: by default within 1e-9 of the larger.
func isClose(
  _ value: Double?, _ expected: Double?, relative: Double = 1e-9, absolute: Double = 0
) -> Bool {
  guard let value, let expected else { return value == nil && expected == nil }
  return value == expected
    || abs(value - expected) <= max(absolute, relative * max(abs(value), abs(expected)))
}

/// Samples that no function has an answer to, or a stated one.
let hostileSamples: [[Double]] = [
  [], [.nan], [.infinity], [-.infinity], [1, .nan], [1, 2, .infinity], [-.infinity, .infinity, 0],
  Array(repeating: .nan, count: 40),
]
