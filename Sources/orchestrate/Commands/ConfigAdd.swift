import ArgumentParser
import JobFiles
import Orchestration
import Registry
import RunContract
import Terminal

struct ConfigAdd: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "add",
    abstract: "Add a config of the trainer `train`.",
    discussion: """
      EXAMPLES
        orchestrate config add --penalty quadratic --corr-weight 0.5 --data data/pairs
        orchestrate config add --from Jobs/quadratic.yaml --seed 7
        orchestrate config add --data data/pairs --set width=192 --set depth=8

      PARAMETERS
      \(trainParameters.map { "  \($0.name): \($0.help)" }.joined(separator: "\n"))
      """)

  @Option(help: "exponential, quadratic or cubic.") var penalty: String?
  @Option(help: "CORR_WEIGHT, the penalty's factor.") var corrWeight: String?
  @Option(help: "Global gradient norm that a step is clipped to.") var clipValue: String?
  @Option(help: "Largest |c| that the exponential penalty sees.") var clamp: String?
  @Option(help: "AdamW's step size.") var learningRate: String?
  @Option(help: "Passes over the training pairs.") var epochs: String?
  @Option(help: "Pairs per optimiser step.") var batchSize: String?
  @Option(help: "Seed of weights and order.") var seed: String?
  @Option(help: "Folder of WAV pairs.") var data: String?
  @Option(help: "Any parameter, as in width=192; may be repeated.") var set: [String] = []
  @Option(help: "A job file with one config, or its first, to begin with.") var from: String?
  @Flag(help: "The config as JSON.") var json = false
  @OptionGroup var options: GlobalOptions

  func run() throws {
    let workshop = try Workshop(options)
    var parameters: [String: ParameterValue] = [:]
    if let from {
      let file = try JobFile.load(
        path: from, overrides: [],
        siteDefaults: workshop.site)
      parameters = file.configs.first?.parameters ?? [:]
    }
    for (name, text) in named + (try assignments(set)) {
      parameters[name] = ParameterValue(commandLine: text)
    }
    let config = Config(parameters: parameters).expandedForTrain
    let complaints = config.complaintsForTrain
    guard complaints.isEmpty else {
      throw Failure(complaints.joined(separator: "\n"), status: .usage)
    }
    let (record, isNew) = try workshop.registry.add(config)
    if json { return Stream.output.line(config.canonicalJSON) }
    Stream.output.line(record.shortID)
    options.say(isNew ? "added" : "known already: the same config twice is one config")
    options.hint("`orchestrate submit \(record.shortID)`")
  }

  private var named: [(String, String)] {
    let values: [(String, String?)] = [
      ("penalty", penalty), ("corr_weight", corrWeight), ("clip_value", clipValue),
      ("clamp", clamp), ("learning_rate", learningRate), ("epochs", epochs),
      ("batch_size", batchSize), ("seed", seed), ("data", data),
    ]
    return values.compactMap { name, value in value.map { (name, $0) } }
  }
}

/// Splits `name=value` texts.
/// - Throws: ``Failure`` naming the one that is none.
func assignments(_ texts: [String]) throws -> [(String, String)] {
  try texts.map { text in
    guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
      throw Failure("--set \(text): expected name=value, as in corr_weight=0.3", status: .usage)
    }
    return (String(text[..<equals]), String(text[text.index(after: equals)...]))
  }
}
