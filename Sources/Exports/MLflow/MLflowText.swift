import Foundation
import RunContract

/// The texts of an MLflow store.
enum MLflowText {
  /// The most characters of a parameter's value, and of a tag's.
  static let valueLimit = 6000
  static let tagLimit = 8000

  /// The text, cut to a number of Unicode scalars, which is what MLflow counts, with a note at the end.
  static func cut(_ text: String, to limit: Int, note: String) -> String {
    let scalars = text.unicodeScalars
    guard scalars.count > limit else { return text }
    let end = " [cut: \(scalars.count) characters\(note)]"
    return String(scalars.prefix(limit - end.unicodeScalars.count)) + end
  }

  /// Lines `name: value` of a meta.yaml, by name.
  static func yaml(_ members: [String: YAMLScalar]) -> String {
    members.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.text)\n" }.joined()
  }

  /// Milliseconds since 1970.
  static func milliseconds(_ time: Double) -> Int { Int((time * 1000).rounded()) }

  /// The URI of an absolute path.
  static func uri(_ path: String) -> String {
    "file://"
      + path.utf8.map { byte in
        let scalar = Unicode.Scalar(byte)
        let isPlain =
          scalar.isASCII
          && (scalar.properties.isAlphabetic || "0123456789/._-~".unicodeScalars.contains(scalar))
        return isPlain ? String(Character(scalar)) : String(format: "%%%02X", byte)
      }.joined()
  }

  /// So many hexadecimal digits that name these texts.
  static func digits(_ count: Int, of texts: String...) -> String {
    // No text can reach into the next: each is preceded by its length.
    String(sha256Hex(texts.map { "\($0.utf8.count):\($0)" }.joined()).prefix(count))
  }
}

/// A value in a meta.yaml.
enum YAMLScalar {
  case null
  case whole(Int)
  case string(String)

  var text: String {
    switch self {
    case .null: "null"
    case .whole(let value): "\(value)"
    case .string(let value): Self.quoted(value)
    }
  }

  /// Double-quoted, everything but printable ASCII as an escape: no reader can take it for anything else.
  private static func quoted(_ text: String) -> String {
    text.unicodeScalars.reduce(into: "\"") { result, scalar in
      switch scalar {
      case "\"", "\\": result += "\\\(scalar)"
      case " "..."~": result.unicodeScalars.append(scalar)
      default: result += String(format: "\\U%08X", scalar.value)
      }
    } + "\""
  }
}
