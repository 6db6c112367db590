import RunContract
import Scripts
import Yams

/// Reads one job file: first the nodes, then the expansion.
struct JobFileReader {
  let path: String
  let text: String

  private static let keys = [
    "experiment", "template", "resources", "retry", "modules", "command", "params", "sweep",
    "seeds",
  ]

  /// What stands in the file.
  private struct Content {
    var experiment: String?
    var template = JobFile.standardTemplate
    var resources = Resources()
    var retry = RetryPolicy()
    var modules: [String]?
    var command = JobFile.standardCommand
    var params: [String: ParameterValue] = [:]
    var blocks: [SweepBlock] = []
    var seeds: SweepAxis?
  }

  /// The whole job file.
  func read(
    overrides: [String], siteDefaults: SiteDefaults
  ) throws(JobFileErrors) -> JobFile {
    let mapping = try YAMLText.mapping(text, file: path)
    var reader = NodeReader(file: path)
    let content = content(mapping, &reader)
    try reader.finish()
    let overrides = try Override.read(
      overrides, parameters: ParameterReader(isTrain: JobFile.isTrain(content.command)))
    let expansion = Expansion(
      params: content.params, blocks: content.blocks, seeds: content.seeds, overrides: overrides)
    let configs = try expansion.configs(
      file: path, isTrain: JobFile.isTrain(content.command), notes: &reader.notes)
    return JobFile(
      path: path, text: text, experiment: content.experiment ?? "", template: content.template,
      resources: content.resources.filled(from: siteDefaults), retry: content.retry,
      modules: content.modules ?? siteDefaults.modules, command: content.command,
      configs: configs, notes: reader.notes)
  }

  private func content(_ mapping: Node.Mapping, _ reader: inout NodeReader) -> Content {
    var content = Content()
    let members = reader.members(mapping, known: Self.keys)
    // The command says which parameters there are, wherever it stands.
    if let member = members.first(where: { $0.key == "command" }) {
      content.command = command(member.value, &reader) ?? content.command
    }
    let parameters = ParameterReader(isTrain: JobFile.isTrain(content.command))
    for member in members {
      switch member.key {
      case "experiment": content.experiment = experiment(member.value, &reader)
      case "template": content.template = template(member.value, &reader) ?? content.template
      case "resources": content.resources = ResourcesReader.read(member.value, &reader)
      case "retry": content.retry = RetryReader.read(member.value, &reader)
      case "modules": content.modules = readModules(member.value, &reader)
      case "params":
        if let mapping = reader.mapping(member.value, "params") {
          content.params = parameters.parameters(mapping, &reader)
        }
      case "sweep":
        content.blocks = SweepReader(parameters: parameters).blocks(member.value, &reader)
      case "seeds":
        content.seeds = SweepReader(parameters: parameters).seeds(member.value, &reader)
      default: break
      }
    }
    if !members.contains(where: { $0.key == "experiment" }) {
      reader.report(.mapping(mapping), "the key \"experiment\" is missing", hint: "name it")
    }
    checkSeedIsSetOnce(content, members, &reader)
    RetryReader.checkMemoryIsNamed(
      content.retry, content.resources, members.first { $0.key == "retry" }?.value, &reader)
    return content
  }

  private func checkSeedIsSetOnce(
    _ content: Content, _ members: [NodeReader.Member], _ reader: inout NodeReader
  ) {
    guard content.seeds != nil,
      content.blocks.contains(where: { $0.axes.contains { $0.names.contains("seed") } })
    else { return }
    reader.report(
      members.first { $0.key == "seeds" }?.keyNode, "seeds and a sweep of seed exclude each other",
      hint: "keep one of them")
  }

  private func experiment(_ node: Node, _ reader: inout NodeReader) -> String? {
    guard let name = reader.text(node, "experiment") else { return nil }
    if isExperimentName(name) { return name }
    reader.report(node, "\(quoted(name)) is no name of an experiment", hint: experimentNameRule)
    return nil
  }

  private func template(_ node: Node, _ reader: inout NodeReader) -> String? {
    guard let name = reader.text(node, "template") else { return nil }
    if isTemplateName(name) { return name }
    reader.report(
      node, "\(quoted(name)) is no name of a template",
      hint: "template: train means Templates/train.sbatch.mustache")
    return nil
  }

  private func command(_ node: Node, _ reader: inout NodeReader) -> [String]? {
    let hint = "as in command: [python, train.py, --from-env]"
    guard let sequence = node.sequence else {
      reader.report(node, "command must be a list, not \(YAMLText.kindName(node))", hint: hint)
      return nil
    }
    guard let first = sequence.first else {
      reader.report(node, "command is empty", hint: hint)
      return nil
    }
    guard let program = reader.text(first, "the program") else { return nil }
    var words = [program]
    for element in sequence.dropFirst() {
      // An argument may be empty, a program not.
      if let scalar = element.scalar, scalar.style != .plain, scalar.string.isEmpty {
        words.append("")
      } else if let word = reader.text(element, "an argument of command") {
        words.append(word)
      }
    }
    return words
  }
}
