import RunContract
import Scripts

/// Makes configs out of parameters, a sweep, seeds and `--set`.
struct Expansion {
  var params: [String: ParameterValue]
  var blocks: [SweepBlock]

  /// Seeds become the innermost axis of every block; overrides replace whatever sets their parameter.
  init(
    params: [String: ParameterValue], blocks: [SweepBlock], seeds: SweepAxis?,
    overrides: [Override]
  ) {
    self.params = params
    self.blocks = blocks.isEmpty ? [SweepBlock()] : blocks
    for index in self.blocks.indices {
      if let seeds { self.blocks[index].axes.append(seeds) }
      for override in overrides {
        self.blocks[index].axes = self.blocks[index].axes.compactMap {
          $0.removing(override.name)
        }
      }
    }
    for override in overrides { self.params[override.name] = override.value }
  }

  /// The configs in order, each once.
  /// - Throws: ``JobFileErrors`` where there are too many or a parameter is missing.
  func configs(
    file: String, isTrain: Bool, notes: inout [String]
  ) throws(JobFileErrors) -> [Config] {
    try checkSize(file)
    if isTrain { try checkRequired(file) }
    let expanded = blocks.flatMap { $0.expanded(upon: params) }.map(Config.init(parameters:))
    let total = expanded.count
    // The combinations of one block differ where the values of each axis do.
    let mayRepeat = blocks.count > 1 || blocks.contains { $0.axes.contains(where: \.repeatsItself) }
    var seen: Set<Config> = []
    let configs = mayRepeat ? expanded.filter { seen.insert($0).inserted } : expanded
    if configs.isEmpty || configs[0].parameters.isEmpty {
      throw JobFileErrors([
        Diagnostic(file: file, message: "no parameter is set", hint: "write them under params")
      ])
    }
    if configs.count < total {
      notes.append("\(total - configs.count) of \(total) configs repeat an earlier one: left out")
    }
    return configs
  }

  private func checkSize(_ file: String) throws(JobFileErrors) {
    var total = 0
    for block in blocks {
      total = block.count.map { min($0, configLimit + 1) + total } ?? configLimit + 1
      guard total <= configLimit else {
        throw JobFileErrors([
          Diagnostic(
            file: file, message: "the sweep makes more than \(configLimit) configs",
            hint: "split it into several files")
        ])
      }
    }
  }

  private func checkRequired(_ file: String) throws(JobFileErrors) {
    let required = trainParameters.filter { $0.standard == nil }
    var problems: [Diagnostic] = []
    for parameter in required where params[parameter.name] == nil {
      let isMissing = blocks.contains { block in
        !block.axes.contains { $0.names.contains(parameter.name) }
      }
      if isMissing {
        problems.append(
          Diagnostic(
            file: file, message: "the parameter \(parameter.name) is not set",
            hint: "\(parameter.name): \(parameter.help)"))
      }
    }
    guard problems.isEmpty else { throw JobFileErrors(problems) }
  }
}
