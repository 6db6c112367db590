import RunContract
import Scripts
import Yams

/// Reads `retry`.
enum RetryReader {
  private static let known = ["max_requeues", "out_of_memory", "timeout", "node_failure", "failed"]
  private static let never = "never"

  /// The policy of a job file.
  static func read(_ node: Node, _ reader: inout NodeReader) -> RetryPolicy {
    var policy = RetryPolicy()
    guard let mapping = reader.mapping(node, "retry") else { return policy }
    for member in reader.members(mapping, known: known) {
      switch member.key {
      case "max_requeues":
        policy.maxRequeues = requeues(member, &reader) ?? policy.maxRequeues
      case "out_of_memory": policy.outOfMemory = memoryFactor(member, &reader)
      case "timeout": policy.timeout = answer(member, "continue", &reader)
      case "node_failure": policy.nodeFailure = answer(member, "again", &reader)
      case "failed": policy.failed = answer(member, "again", &reader)
      default: break
      }
    }
    return policy
  }

  /// Says that a policy multiplies memory where a job file asks for none.
  static func checkMemoryIsNamed(
    _ policy: RetryPolicy, _ resources: Resources, _ node: Node?, _ reader: inout NodeReader
  ) {
    guard policy.outOfMemory != nil, resources.memory == nil else { return }
    reader.report(
      node?.mapping?.first { $0.key.scalar?.string == "out_of_memory" }?.key,
      "out_of_memory multiplies memory, and resources ask for none",
      hint: "as in resources: {memory: 4G}")
  }

  private static func requeues(
    _ member: NodeReader.Member, _ reader: inout NodeReader
  ) -> Int? {
    guard let text = reader.text(member.value, member.key) else { return nil }
    let counts = RetryPolicy.requeueCounts
    if let count = Int(text), counts.contains(count), text == "\(count)" { return count }
    reader.report(
      member.value,
      "\(member.key) must be a whole number from \(counts.lowerBound) to \(counts.upperBound), "
        + "not \(quoted(text))")
    return nil
  }

  /// `1.5`, `x1.5` or `never`.
  private static func memoryFactor(
    _ member: NodeReader.Member, _ reader: inout NodeReader
  ) -> Double? {
    guard let text = reader.text(member.value, member.key), text != never else { return nil }
    let digits = text.first == "x" || text.first == "×" ? String(text.dropFirst()) : text
    if DecimalShape(digits)?.isJSONLike == true, let factor = Double(digits),
      RetryPolicy.isMemoryFactor(factor)
    {
      return factor
    }
    reader.report(
      member.value,
      "\(member.key) must be never or a factor above 1 and up to 16, not \(quoted(text))",
      hint: nearestName(to: text, in: [never]).map { "did you mean \($0)?" }
        ?? "as in out_of_memory: 1.5")
    return nil
  }

  /// One of two words: the one that says yes, or `never`.
  private static func answer(
    _ member: NodeReader.Member, _ yes: String, _ reader: inout NodeReader
  ) -> Bool {
    guard let text = reader.text(member.value, member.key) else { return false }
    if text == yes || text == never { return text == yes }
    reader.report(
      member.value, "\(member.key) must be \(yes) or \(never), not \(quoted(text))",
      hint: nearestName(to: text, in: [yes, never]).map { "did you mean \($0)?" })
    return false
  }
}
