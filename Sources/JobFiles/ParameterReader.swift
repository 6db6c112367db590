import RunContract
import Scripts
import Yams

/// Reads parameters' names and values, and checks them where the trainer's table is known.
struct ParameterReader {
  /// Whether the command is `train`, whose parameters are known.
  let isTrain: Bool

  /// Whether a parameter may have this name; a mistake otherwise.
  func checkName(_ member: NodeReader.Member, _ reader: inout NodeReader) -> Bool {
    if member.key == "<<" {
      reader.report(member.keyNode, "merge keys (<<) are not supported here")
      return false
    }
    if let complaint = nameComplaint(member.key) {
      reader.report(member.keyNode, complaint.message, hint: complaint.hint)
      return false
    }
    return true
  }

  /// What is wrong with a parameter's name, or `nil`.
  func nameComplaint(_ name: String) -> (message: String, hint: String?)? {
    if isTrain, !trainParameters.contains(where: { $0.name == name }) {
      let known = trainParameters.map(\.name)
      return (
        "train has no parameter \(quoted(name))",
        nearestName(to: name, in: known).map { "did you mean \($0)?" }
          ?? "known: " + known.joined(separator: ", ")
      )
    }
    return reservedParameterReason(name).map { ("no parameter can be named \(quoted(name))", $0) }
  }

  /// What is wrong with a parameter's value, or `nil`.
  func valueComplaint(_ name: String, _ value: ParameterValue) -> String? {
    if case .string(let text) = value, let character = forbiddenCharacter(in: text) {
      return "\(name) holds \(character)"
    }
    guard isTrain, let parameter = trainParameters.first(where: { $0.name == name }) else {
      return nil
    }
    return parameter.complaint(about: value).map { expected in
      "\(name) must be \(expected), not \(quoted(value.text))"
    }
  }

  /// One value of a parameter.
  func value(_ name: String, _ node: Node, _ reader: inout NodeReader) -> ParameterValue? {
    guard let scalar = node.scalar else {
      reader.report(
        node, "\(name) must be a single value, not \(YAMLText.kindName(node))",
        hint: node.sequence == nil ? nil : "lists of values belong under sweep")
      return nil
    }
    let value: ParameterValue
    if scalar.style == .plain {
      do { value = try ScalarRules.parameter(plain: scalar.string) } catch {
        reader.report(node, "\(name): \(error.message)", hint: error.hint)
        return nil
      }
    } else {
      value = .string(scalar.string)
    }
    if let complaint = valueComplaint(name, value) {
      reader.report(node, complaint)
      return nil
    }
    return value
  }

  /// The parameters of a mapping of single values.
  func parameters(
    _ mapping: Node.Mapping, _ reader: inout NodeReader
  ) -> [String: ParameterValue] {
    var result: [String: ParameterValue] = [:]
    for member in reader.members(mapping) where checkName(member, &reader) {
      result[member.key] = value(member.key, member.value, &reader)
    }
    return result
  }
}
