import RunContract
import Scripts
import Yams

/// Reads `resources`, and the `sbatch` mapping that site files have too.
enum ResourcesReader {
  /// The keys of `resources` and the options of sbatch that they stand for.
  private static let fields: [(key: String, option: String)] = [
    ("partition", "partition"), ("time", "time"), ("nodes", "nodes"),
    ("tasks_per_node", "ntasks-per-node"), ("cpus_per_task", "cpus-per-task"), ("memory", "mem"),
    ("gpus", "gpus"), ("account", "account"), ("qos", "qos"),
  ]
  private static let counts: Set = ["nodes", "tasks_per_node", "cpus_per_task", "max_parallel"]

  /// The resources of a job file.
  static func read(_ node: Node, _ reader: inout NodeReader) -> Resources {
    var resources = Resources()
    guard let mapping = reader.mapping(node, "resources") else { return resources }
    let known = fields.map(\.key) + ["max_parallel", "signal_before_end", "sbatch"]
    for member in reader.members(mapping, known: known) {
      if reader.isNull(member.value) { continue }
      switch member.key {
      case "sbatch":
        resources.further = directives(
          member.value, ownKeys: fields.map { ($0.option, "resources.\($0.key)") }, &reader)
      case "partition": resources.partition = field(member, &reader)
      case "time": resources.time = time(member, &reader)
      case "memory": resources.memory = field(member, &reader)
      case "gpus": resources.gpus = gpus(member, &reader)
      case "account": resources.account = field(member, &reader)
      case "qos": resources.qos = field(member, &reader)
      case "nodes": resources.nodes = count(member, &reader)
      case "tasks_per_node": resources.tasksPerNode = count(member, &reader)
      case "cpus_per_task": resources.cpusPerTask = count(member, &reader)
      case "max_parallel": resources.maxParallel = count(member, &reader)
      case "signal_before_end": resources.signalBeforeEnd = warning(member, &reader)
      default: break
      }
    }
    return resources
  }

  /// A value that its option accepts.
  private static func field(_ member: NodeReader.Member, _ reader: inout NodeReader) -> String? {
    guard let text = reader.text(member.value, member.key) else { return nil }
    let option = fields.first { $0.key == member.key }?.option ?? member.key
    if let complaint = SbatchOption.named(option)?.complaint(about: text) {
      reader.report(member.value, "\(member.key) \(complaint)")
      return nil
    }
    return text
  }

  private static func count(_ member: NodeReader.Member, _ reader: inout NodeReader) -> Int? {
    guard let text = reader.text(member.value, member.key) else { return nil }
    if let count = Int(text), (1...999_999_999).contains(count), text == "\(count)" { return count }
    reader.report(
      member.value, "\(member.key) must be a whole number above 0, not \(quoted(text))")
    return nil
  }

  /// Slurm keeps the seconds of a warning in 16 bits.
  private static func warning(_ member: NodeReader.Member, _ reader: inout NodeReader) -> Int? {
    guard let text = reader.text(member.value, member.key) else { return nil }
    if let seconds = Int(text), (0...65535).contains(seconds), text == "\(seconds)" {
      return seconds
    }
    reader.report(
      member.value,
      "\(member.key) must be a whole number of seconds from 0 to 65535, not \(quoted(text))",
      hint: "0 asks for no signal")
    return nil
  }

  private static func gpus(_ member: NodeReader.Member, _ reader: inout NodeReader) -> String? {
    member.value.scalar?.string == "0" ? nil : field(member, &reader)
  }

  private static func time(_ member: NodeReader.Member, _ reader: inout NodeReader) -> String? {
    guard let text = field(member, &reader) else { return nil }
    // The most common slip: Slurm reads two parts as minutes and seconds.
    if text.count(where: { $0 == ":" }) == 1, !text.contains("-"), let seconds = slurmSeconds(text)
    {
      let minutes = canonicalNumber((seconds / 60 * 100).rounded() / 100)
      reader.notes.append("time \(text) is \(minutes) minutes; hours are written \(text):00")
    }
    return text
  }

  /// The directives of a mapping of further options.
  /// - Parameter ownKeys: options that have a key of their own, and that key.
  static func directives(
    _ node: Node, ownKeys: [(option: String, key: String)], _ reader: inout NodeReader
  ) -> [Directive] {
    guard let mapping = reader.mapping(node, "sbatch") else { return [] }
    var result: [Directive] = []
    for member in reader.members(mapping) {
      if let own = ownKeys.first(where: { $0.option == member.key }) {
        reader.report(
          member.keyNode, "the option \(member.key) has a key of its own", hint: "use \(own.key)")
        continue
      }
      if let directive = directive(member, &reader) { result.append(directive) }
    }
    return result
  }

  private static func directive(
    _ member: NodeReader.Member, _ reader: inout NodeReader
  ) -> Directive? {
    var value: String?
    let kind = SbatchOption.named(member.key)?.value
    if kind == .flag || kind == .optionalText, let word = member.value.scalar?.string,
      word == "true" || word == "false"
    {
      if word == "false" { return nil }
    } else if kind == .flag {
      reader.report(member.value, "the option \(member.key) must be true or false")
      return nil
    } else if kind == nil {
      value = nil  // Directive says that there is no such option.
    } else {
      guard let text = reader.text(member.value, member.key) else { return nil }
      value = text
    }
    do { return try Directive(member.key, value) } catch {
      for problem in error.problems {
        reader.report(member.keyNode, problem.message, hint: problem.hint)
      }
      return nil
    }
  }
}
