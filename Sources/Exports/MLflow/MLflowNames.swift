import RunContract

/// The names of a run's metrics or parameters in an MLflow store, where a name is a path.
///
/// MLflow takes letters, digits, `_`, `-`, `.`, `:`, spaces and, between parts, `/`. A name that it would
/// refuse, that is too long, or that is a folder of another one is changed: what is not an ASCII letter or
/// digit, `_`, `-` or `.` becomes `_`, and `-` with 12 digits of the name's SHA-256 follows. A name that ends
/// like that already is changed too, so that no two become one.
package struct MLflowNames {
  private var changed: [String: String] = [:]

  package init(_ names: some Sequence<String>) {
    let names = Array(names)
    var folders: Set<Substring> = []
    for name in names where Self.isAccepted(name) {
      for slash in name.indices where name[slash] == "/" { folders.insert(name[..<slash]) }
    }
    for name in names where !Self.isAccepted(name) || folders.contains(name[...]) {
      changed[name] = Self.change(name)
    }
  }

  /// The name in the store.
  package subscript(_ name: String) -> String { changed[name] ?? name }

  /// Those that are not as they were.
  var changes: [(from: String, to: String)] {
    changed.sorted { $0.key < $1.key }.map { (from: $0.key, to: $0.value) }
  }

  private static let hashLength = 12

  private static func change(_ name: String) -> String {
    let plain = name.unicodeScalars.prefix(180).map { scalar in
      scalar.isASCII && scalar != " " && scalar != ":" && scalar != "/" && isWord(scalar)
        ? scalar : "_"
    }
    var text = String(String.UnicodeScalarView(plain))
    if text.isEmpty || text.hasPrefix(".") { text = "_" + text.dropFirst() }
    return "\(text)-\(sha256Hex(name).prefix(hashLength))"
  }

  private static func isAccepted(_ name: String) -> Bool {
    let scalars = name.unicodeScalars
    guard scalars.count <= 250, scalars.allSatisfy(isWord), !looksChanged(name) else {
      return false
    }
    let parts = scalars.split(separator: "/", omittingEmptySubsequences: false)
    return !name.hasPrefix("..")
      && parts.allSatisfy { part in
        let text = Substring(part)
        return !text.isEmpty && text != "." && text != ".." && text.utf8.count <= 200
      }
  }

  private static func looksChanged(_ name: String) -> Bool {
    let tail = name.utf8.suffix(hashLength + 1)
    return tail.count == hashLength + 1 && tail.first == UInt8(ascii: "-")
      && tail.dropFirst().allSatisfy { byte in
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
          || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
      }
  }

  /// Whether Python's `[/\w.\- :]` has it; of letters only those that all its versions know.
  private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9", "_", "-", ".", ":", " ", "/": return true
    default: break
    }
    guard !scalar.isASCII, let age = scalar.properties.age, age.major <= 12 else { return false }
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
      .decimalNumber:
      return true
    default: return false
    }
  }
}
