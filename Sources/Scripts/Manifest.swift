import RunContract

/// One environment variable.
public struct EnvironmentVariable: Hashable, Sendable {
  /// The name, of A-Z, 0-9 and _.
  public let name: String
  /// The value, any text without control characters.
  public let value: String

  /// A variable.
  public init(name: String, value: String) {
    self.name = name
    self.value = value
  }
}

/// One run of a submission, as the manifest holds it.
public struct ManifestTask: Sendable {
  /// The array index, from 0; 0 for a single run.
  public let index: Int
  /// The run's name.
  public let run: String
  /// The absolute path of its directory.
  public let runDirectory: String
  /// What it trains.
  public let config: Config
  /// The config's canonical JSON.
  let configJSON: String

  /// A task.
  /// - Parameter configJSON: the config's canonical JSON, where it is known already.
  public init(
    index: Int, run: String, runDirectory: String, config: Config, configJSON: String? = nil
  ) {
    self.index = index
    self.run = run
    self.runDirectory = runDirectory
    self.config = config
    self.configJSON = configJSON ?? config.canonicalJSON
  }
}

/// What the script reads about the tasks of its submission: one line a task, fields separated by tabs:
/// index, run, run directory, `config.json`, then `NAME=value` for each variable that is not the same
/// in all runs. Those that are stand in the script itself, so a single run's script shows its whole
/// config.
public struct Manifest: Sendable {
  /// The variables that are the same in all runs, sorted by name.
  public let common: [EnvironmentVariable]
  /// The file's content.
  public let text: String
  /// SHA-256 of ``text``, which the script checks before it reads the file.
  public var sha256: String { sha256Hex(text) }

  /// The manifest of these tasks, whose indices must be 0, 1, 2 … in order.
  /// - Throws: ``ScriptError`` naming the run and the field where a value cannot be carried.
  public init(tasks: [ManifestTask]) throws(ScriptError) {
    guard let first = tasks.first else { throw ScriptError("a submission needs a run") }
    let common = Self.common(of: tasks, first.config.parameters)
    var names = VariableNames()
    var lines = ""
    for (position, task) in tasks.enumerated() {
      guard task.index == position else {
        throw ScriptError("run \(task.run) has index \(task.index) where \(position) is due")
      }
      try requireFilled(task.run, "the run's name")
      try requireAbsolute(task.runDirectory, "the directory of run \(task.run)")
      lines += "\(task.index)\t"
      lines += task.run
      lines += "\t"
      lines += task.runDirectory
      lines += "\t"
      lines += task.configJSON
      for variable in try names.variables(of: task, where: { common[$0] == nil }) {
        lines += "\t"
        lines += variable.name
        lines += "="
        lines += variable.value
      }
      lines += "\n"
    }
    self.common = try names.variables(of: first, where: { common[$0] != nil })
    self.text = lines
  }

  /// The parameters that are the same in all runs.
  private static func common(
    of tasks: [ManifestTask], _ first: [String: ParameterValue]
  ) -> [String: ParameterValue] {
    var common = first
    for task in tasks {
      let others = task.config.parameters
      // Nearly every run has what the ones before it had in common; a new dictionary is seldom needed.
      if common.contains(where: { others[$0.key] != $0.value }) {
        common = common.filter { others[$0.key] == $0.value }
      }
    }
    return common
  }
}

/// The variables' names of parameters, each checked and made once however many tasks there are.
private struct VariableNames {
  private var known: [String: String] = [:]

  /// Linux starts no program with a longer variable (MAX_ARG_STRLEN); its name and `=` take some of that.
  private static let longestValue = 131_072 - 1024

  /// The variables of those of a task's parameters that are wanted, sorted by name.
  mutating func variables(
    of task: ManifestTask, where isWanted: (String) -> Bool
  ) throws(ScriptError) -> [EnvironmentVariable] {
    var variables: [EnvironmentVariable] = []
    for (name, value) in task.config.parameters where isWanted(name) {
      let text = value.text
      if let character = forbiddenCharacter(in: text) {
        throw ScriptError(
          "parameter \(name) of run \(task.run) holds \(character)",
          hint: "a script cannot carry it")
      }
      guard text.utf8.count < Self.longestValue else {
        throw ScriptError(
          "parameter \(name) of run \(task.run) has \(text.utf8.count) bytes",
          hint:
            "no program can be given a variable of 128 KiB: let the parameter name a file instead")
      }
      variables.append(EnvironmentVariable(name: try variableName(name), value: text))
    }
    if variables.count > 1 { variables.sort { $0.name < $1.name } }
    return variables
  }

  private mutating func variableName(_ name: String) throws(ScriptError) -> String {
    if let variable = known[name] { return variable }
    if let reason = reservedParameterReason(name) {
      throw ScriptError(
        "parameter \"\(printable(name))\" cannot be given to a trainer", hint: reason)
    }
    let variable = environmentName(ofParameter: name)
    known[name] = variable
    return variable
  }
}

/// Says that a field must hold something.
func requireFilled(
  _ text: String, _ field: @autoclosure () -> String
) throws(ScriptError) {
  guard !text.isEmpty else { throw ScriptError("\(field()) is empty") }
  try requirePrintable(text, field())
}

/// Says that a field must be an absolute path.
func requireAbsolute(
  _ path: String, _ field: @autoclosure () -> String
) throws(ScriptError) {
  try requireFilled(path, field())
  guard path.utf8.first == UInt8(ascii: "/") else {
    throw ScriptError("\(field()) must be an absolute path, not \"\(path)\"")
  }
}
