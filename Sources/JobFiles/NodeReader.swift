import RunContract
import Scripts
import Yams

/// Reads nodes and collects every mistake on the way, so that a user mends a file in one go.
struct NodeReader {
  /// One member of a mapping.
  struct Member {
    let key: String
    let keyNode: Node
    let value: Node
  }

  /// The file as the user named it.
  let file: String
  /// The mistakes so far.
  var problems: [Diagnostic] = []
  /// What is right but worth saying.
  var notes: [String] = []

  /// A reader of this file.
  init(file: String) { self.file = file }

  /// Records a mistake at a node.
  mutating func report(_ node: Node?, _ message: String, hint: String? = nil) {
    problems.append(
      Diagnostic(
        file: file, line: node?.mark?.line, column: node?.mark?.column, message: message,
        hint: hint))
  }

  /// Ends the reading where there were mistakes.
  func finish() throws(JobFileErrors) {
    guard problems.isEmpty else { throw JobFileErrors(problems) }
  }

  /// The members of a mapping, each with its key as a text.
  mutating func members(_ mapping: Node.Mapping) -> [Member] {
    mapping.compactMap { key, value in
      guard let name = key.scalar?.string else {
        report(key, "a key must be a text, not \(YAMLText.kindName(key))")
        return nil
      }
      return Member(key: name, keyNode: key, value: value)
    }
  }

  /// The members of a mapping whose keys are known; unknown ones are mistakes.
  mutating func members(_ mapping: Node.Mapping, known: [String]) -> [Member] {
    members(mapping).filter { member in
      if known.contains(member.key) { return true }
      report(
        member.keyNode, "unknown key \(quoted(member.key))",
        hint: nearestName(to: member.key, in: known).map { "did you mean \($0)?" }
          ?? "known here: " + known.joined(separator: ", "))
      return false
    }
  }

  /// The members of what must be a mapping.
  mutating func mapping(_ node: Node, _ what: String) -> Node.Mapping? {
    if let mapping = node.mapping { return mapping }
    report(node, "\(what) must be a mapping of keys to values, not \(YAMLText.kindName(node))")
    return nil
  }

  /// A text as it is written, quoted or not; control characters, nothing and null are mistakes.
  mutating func text(_ node: Node, _ what: String) -> String? {
    guard let scalar = node.scalar else {
      report(node, "\(what) must be a text, not \(YAMLText.kindName(node))")
      return nil
    }
    if let character = forbiddenCharacter(in: scalar.string) {
      report(node, "\(what) holds \(character)")
      return nil
    }
    if isNull(node) || scalar.string.isEmpty {
      report(node, "\(what) is empty", hint: "write a value or leave the key out")
      return nil
    }
    return scalar.string
  }

  /// A list of texts.
  mutating func texts(_ node: Node, _ what: String, hint: String) -> [String]? {
    guard let sequence = node.sequence else {
      report(node, "\(what) must be a list, not \(YAMLText.kindName(node))", hint: hint)
      return nil
    }
    return sequence.compactMap { text($0, "an element of \(what)") }
  }

  /// Whether a node stands for nothing: `null`, `~` or no text at all, without quotes.
  func isNull(_ node: Node) -> Bool {
    guard let scalar = node.scalar, scalar.style == .plain else { return false }
    return ScalarRules.isNull(scalar.string)
  }
}

/// A user's text within quotes, fit to be shown.
func quoted(_ text: String) -> String { "\"\(printable(text))\"" }
