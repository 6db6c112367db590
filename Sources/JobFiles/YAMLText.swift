import RunContract
import Scripts
import Yams

/// Reads a user's YAML into nodes that know their places, refusing what job files do not use.
enum YAMLText {
  /// The document's top mapping.
  /// - Throws: ``JobFileErrors`` where the text is no YAML, more than one document, or no mapping.
  static func mapping(_ text: String, file: String) throws(JobFileErrors) -> Node.Mapping {
    if isAliasHeavy(text) {
      throw JobFileErrors([Diagnostic(file: file, message: anchorMessage)])
    }
    do {
      // The basic resolver leaves every scalar a text: what one means is decided in ScalarRules.
      let parser = try Parser(yaml: text, resolver: .basic, encoding: .utf8)
      guard let root = try parser.singleRoot() else {
        throw JobFileErrors([Diagnostic(file: file, message: "the file is empty")])
      }
      // A node's anchor lives as long as its parser.
      var problems: [Diagnostic] = []
      withExtendedLifetime(parser) { findUnsupported(root, file: file, &problems) }
      guard problems.isEmpty else { throw JobFileErrors(problems) }
      guard let mapping = root.mapping else {
        throw JobFileErrors([
          Diagnostic(
            file: file, line: root.mark?.line, column: root.mark?.column,
            message: "expected a mapping of keys to values, found \(kindName(root))")
        ])
      }
      return mapping
    } catch let error as JobFileErrors {
      throw error
    } catch let error as YamlError {
      throw JobFileErrors([diagnostic(error, text: text, file: file)])
    } catch {
      throw JobFileErrors([Diagnostic(file: file, message: "\(error)")])
    }
  }

  private static let anchorMessage = "anchors and aliases (& and *) are not supported here"

  /// Whether the text could make aliases multiply each other beyond all bounds while it is read. Job
  /// files use none, so a handful of them is enough to say no before the reader starts.
  private static func isAliasHeavy(_ text: String) -> Bool {
    var aliases = 0
    var anchors = 0
    var before = UInt8(ascii: "\n")
    for byte in text.utf8 {
      if " \t\r\n[{,:-?".utf8.contains(before) {
        if byte == UInt8(ascii: "*") { aliases += 1 }
        if byte == UInt8(ascii: "&") { anchors += 1 }
      }
      before = byte
    }
    return aliases > 16 && anchors > 3
  }

  /// The tags that say no more than the node itself.
  private static let plainTags = Set(
    [Tag.Name.implicit, .str, .seq, .map].map(\.rawValue))

  /// Anchors and tags anywhere in the tree.
  private static func findUnsupported(
    _ node: Node, file: String, _ problems: inout [Diagnostic]
  ) {
    func report(_ message: String) {
      problems.append(
        Diagnostic(
          file: file, line: node.mark?.line, column: node.mark?.column, message: message))
    }
    // Returning here keeps the walk short: what hangs below an anchor may occur many times.
    if node.anchor != nil { return report(anchorMessage) }
    switch node {
    case .scalar(let scalar):
      if plainTags.contains(scalar.tag.description) { return }
      report("the tag \(scalar.tag) is not supported here; write the value alone")
    case .sequence(let sequence):
      for element in sequence { findUnsupported(element, file: file, &problems) }
    case .mapping(let mapping):
      for (key, value) in mapping {
        findUnsupported(key, file: file, &problems)
        findUnsupported(value, file: file, &problems)
      }
    case .alias: report(anchorMessage)
    }
  }

  private static func diagnostic(_ error: YamlError, text: String, file: String) -> Diagnostic {
    func at(_ mark: Mark?, _ message: String, hint: String? = nil) -> Diagnostic {
      Diagnostic(
        file: file, line: mark?.line, column: mark?.column, message: message, hint: hint)
    }
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      return at(mark, problem, hint: tabHint(text, line: mark.line))
    case .duplicatedKeysInMapping(let keys, let context):
      return at(context.mark, "the key \"\(keys.first ?? "")\" occurs twice in one mapping")
    case .reader(let problem, let offset, _, _):
      let before = text.prefix(offset ?? 0)
      let line = before.count { $0.isNewline } + 1
      let column = before.reversed().prefix { !$0.isNewline }.count + 1
      return offset == nil
        ? at(nil, problem) : Diagnostic(file: file, line: line, column: column, message: problem)
    case .memory: return at(nil, "the file is nested too deeply")
    default: return at(nil, "\(error)")
    }
  }

  private static func tabHint(_ text: String, line: Int) -> String? {
    let lines = text.split(separator: "\n", maxSplits: line, omittingEmptySubsequences: false)
    guard line >= 1, line <= lines.count, lines[line - 1].contains("\t") else { return nil }
    return "the line holds a tab; YAML is indented with spaces"
  }

  /// "a list", "a mapping", "a text": what a node is, for messages.
  static func kindName(_ node: Node) -> String {
    switch node {
    case .scalar: "a single value"
    case .mapping: "a mapping"
    case .sequence: "a list"
    case .alias: "an alias"
    }
  }
}
