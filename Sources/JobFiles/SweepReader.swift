import RunContract
import Scripts
import Yams

/// Reads `sweep` and `seeds`.
struct SweepReader {
  let parameters: ParameterReader

  /// The blocks of `sweep`.
  func blocks(_ node: Node, _ reader: inout NodeReader) -> [SweepBlock] {
    guard let sequence = node.sequence else {
      reader.report(
        node, "sweep must be a list of blocks, not \(YAMLText.kindName(node))",
        hint: "begin each block with \"- \"")
      return []
    }
    if sequence.isEmpty { reader.report(node, "sweep is empty", hint: "leave the key out") }
    return sequence.compactMap { element in
      guard let mapping = reader.mapping(element, "a block of sweep") else { return nil }
      if mapping.isEmpty { reader.report(element, "the block is empty") }
      return block(mapping, &reader)
    }
  }

  private func block(_ mapping: Node.Mapping, _ reader: inout NodeReader) -> SweepBlock {
    var block = SweepBlock()
    var seen: Set<String> = []
    for member in reader.members(mapping) {
      let axis =
        member.key == "zip" ? zipAxis(member.value, &reader) : listAxis(member, &reader)
      guard let axis else { continue }
      for name in axis.names where !seen.insert(name).inserted {
        reader.report(member.keyNode, "the block sets \(name) twice")
      }
      block.axes.append(axis)
    }
    return block
  }

  private func listAxis(_ member: NodeReader.Member, _ reader: inout NodeReader) -> SweepAxis? {
    guard parameters.checkName(member, &reader) else { return nil }
    let values = values(member, &reader)
    return values.isEmpty ? nil : SweepAxis(names: [member.key], rows: values.map { [$0] })
  }

  /// The values of a list, or of a single value that stands for a list of one.
  private func values(
    _ member: NodeReader.Member, _ reader: inout NodeReader
  ) -> [ParameterValue] {
    guard let sequence = member.value.sequence else {
      return parameters.value(member.key, member.value, &reader).map { [$0] } ?? []
    }
    if sequence.isEmpty { reader.report(member.value, "\(member.key) has no values") }
    return sequence.compactMap { parameters.value(member.key, $0, &reader) }
  }

  private func zipAxis(_ node: Node, _ reader: inout NodeReader) -> SweepAxis? {
    guard let mapping = reader.mapping(node, "zip") else { return nil }
    if mapping.isEmpty { reader.report(node, "zip is empty") }
    var axis: SweepAxis?
    for member in reader.members(mapping) where parameters.checkName(member, &reader) {
      guard let sequence = member.value.sequence, !sequence.isEmpty else {
        reader.report(member.value, "\(member.key) must be a list of values within zip")
        continue
      }
      let values = sequence.compactMap { parameters.value(member.key, $0, &reader) }
      guard values.count == sequence.count else { continue }
      guard let first = axis else {
        axis = SweepAxis(names: [member.key], rows: values.map { [$0] })
        continue
      }
      guard first.rows.count == values.count else {
        reader.report(
          member.value,
          "zip pairs lists of one length, but \(member.key) has \(values.count) values "
            + "and \(first.names[0]) has \(first.rows.count)")
        continue
      }
      axis?.names.append(member.key)
      axis?.rows = zip(first.rows, values).map { $0 + [$1] }
    }
    return axis
  }

  /// The axis of `seeds`.
  func seeds(_ node: Node, _ reader: inout NodeReader) -> SweepAxis? {
    guard let sequence = node.sequence else {
      reader.report(
        node, "seeds must be a list of whole numbers, not \(YAMLText.kindName(node))",
        hint: "as in seeds: [1, 2, 3]")
      return nil
    }
    if sequence.isEmpty { reader.report(node, "seeds is empty", hint: "leave the key out") }
    var seen: Set<ParameterValue> = []
    var rows: [[ParameterValue]] = []
    for element in sequence {
      guard let value = parameters.value("seed", element, &reader) else { continue }
      guard case .number(let number) = value, number >= 0, number == number.rounded() else {
        reader.report(element, "a seed must be a whole number from 0, not \(quoted(value.text))")
        continue
      }
      if seen.insert(value).inserted {
        rows.append([value])
      } else {
        reader.report(element, "the seed \(value.text) occurs twice")
      }
    }
    return rows.isEmpty ? nil : SweepAxis(names: ["seed"], rows: rows)
  }
}
